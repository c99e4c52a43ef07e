//! The samples of the repository, and the inputs that were kept because they found something.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts of all files below a folder of the repository, by path.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    gather(&root().join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "there are files below {folder}");
    paths.into_iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
}

/// One file of the repository.
pub(crate) fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// What is kept for a target: each has found something once.
pub(crate) fn kept(target: &str) -> Vec<String> {
    let folder = format!("tests/fuzz/corpus/{target}");
    if root().join(&folder).is_dir() { files(&folder) } else { Vec::new() }
}
