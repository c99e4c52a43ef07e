//! A copy of the project in which every mutant sleeps.

use std::fs;
use std::path::{Path, PathBuf};

use crate::WOKEN;
use crate::list::all;

/// The project.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What of the project its programs are built of.
const PARTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "shared",
    "functions",
    "local",
    "tests",
    "events",
    "examples",
    "docs",
];

/// Where the copy is, and where it is built: below where the project is.
pub(crate) fn folder() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let target = own.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).unwrap();
    target.join("mutants")
}

/// Writes the copy. What it holds already is left as it is, so that only what changed is built
/// again; and at first it is given what the project has built of others, which takes long.
pub(crate) fn write_copy() {
    let own = folder();
    let built = own.join("target/debug");
    if !built.exists() {
        for part in ["deps", "build", ".fingerprint"] {
            copy_built(&own.join("../debug").join(part), &built.join(part));
        }
    }
    for part in PARTS {
        copy_part(&Path::new(ROOT).join(part), &own.join(part));
    }
}

/// Copies what is built, without programs: those are ours.
fn copy_built(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_built(&path, &to);
        } else if !(from.ends_with("deps") && path.extension().is_none()) {
            fs::copy(&path, &to).unwrap();
            // What is newer than what it was built from is not built again.
            let built = entry.metadata().unwrap().modified().unwrap();
            fs::File::options().write(true).open(&to).unwrap().set_modified(built).unwrap();
        }
    }
}

fn copy_part(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        let there = fs::read_dir(to).unwrap().map(|entry| entry.unwrap().file_name());
        for gone in there.filter(|name| !from.join(name).exists()) {
            let gone = to.join(gone);
            if gone.is_dir() { fs::remove_dir_all(gone) } else { fs::remove_file(gone) }.unwrap();
        }
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy_part(&from.join(&name), &to.join(&name));
        }
        return;
    }
    let mut bytes = fs::read(from).unwrap();
    if from.extension().is_some_and(|extension| extension == "rs") {
        bytes = mutated(from, String::from_utf8(bytes).unwrap()).into_bytes();
    }
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        fs::write(to, bytes).unwrap();
    }
}

/// A file of the project with its mutants. Whichever is woken is asked of the domain, which all
/// that could be mutated depends on.
fn mutated(path: &Path, mut text: String) -> String {
    let relative = path.strip_prefix(ROOT).unwrap().to_str().unwrap();
    for (place, mutant) in all().filter(|(_, one)| one.file == relative) {
        let of = if relative.starts_with("shared/domain") { "crate" } else { "upline_domain" };
        let awake = format!("{of}::is_woken({place})");
        text = text.replacen(mutant.right, &mutant.either(&awake), 1);
    }
    if relative == "shared/domain/src/lib.rs" {
        text.push_str(&IS_WOKEN.replace("WOKEN_BY", WOKEN));
    }
    text
}

/// Says whether a mutant is awake, by its place in the list.
const IS_WOKEN: &str = r#"
#[allow(missing_docs)]
pub fn is_woken(mutant: usize) -> bool {
    static WOKEN: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var("WOKEN_BY").ok()?.parse().ok());
    *WOKEN == Some(mutant)
}
"#;
