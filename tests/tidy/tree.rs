//! The files of the project, and what is found wrong in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What looks for faults in all files.
pub(crate) type Check = fn(&Tree, &mut Findings);

/// Faults, each with its file, its line and what to do.
#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<String>);

impl Findings {
    pub(crate) fn add(&mut self, path: &str, line: usize, what: &str) {
        self.0.push(format!("{path}:{line}: {what}"));
    }
}

/// The text of each file by its path from the root, with `/` between folders.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads what is in the repository: hidden folders (but `.ci`), what is built, and data files
    /// of a server are not.
    pub(crate) fn of_the_project() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut tree = Self(BTreeMap::new());
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let path = folder.join(entry.file_name());
                let name = entry.file_name().into_string().unwrap();
                let (kind, hidden) = (entry.file_type().unwrap(), name.starts_with('.'));
                if kind.is_dir() {
                    if name == ".ci" || !(hidden || ["target", "node_modules"].contains(&&*name)) {
                        folders.push(path);
                    }
                } else if kind.is_file() && !hidden && !name.contains(".db") {
                    let text = std::fs::read(entry.path()).unwrap();
                    let text = String::from_utf8_lossy(&text).into_owned();
                    tree.0.insert(path.to_str().unwrap().replace('\\', "/"), text);
                }
            }
        }
        tree
    }

    /// A tree of these files alone.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files of a kind, by the end of their names.
    pub(crate) fn of_kind(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.all().filter(move |(path, _)| path.ends_with(end))
    }

    /// Whether there is a file or folder of this path from the root.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.0.contains_key(path) || self.0.keys().any(|file| file.starts_with(&folder))
    }

    /// The files whose path is, or ends with, this one: `laws/dates.rs`.
    pub(crate) fn ending(&self, path: &str) -> Vec<&str> {
        let end = format!("/{path}");
        self.0.keys().map(String::as_str).filter(|f| *f == path || f.ends_with(&end)).collect()
    }

    /// The folders directly under this one.
    pub(crate) fn folders_in(&self, folder: &str) -> Vec<&str> {
        let below = |file: &'_ str| -> Option<usize> {
            let rest = file.strip_prefix(folder)?.strip_prefix('/')?;
            Some(file.len() - rest.len() + rest.find('/')?)
        };
        let mut folders: Vec<_> =
            self.0.keys().filter_map(|file| below(file).map(|end| &file[..end])).collect();
        folders.dedup();
        folders
    }
}

/// The lines of a text with their numbers, from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line))
}
