//! How files become crates.

use std::path::Path;

use regex::Regex;

use super::Finding;
use super::tree::{SourceFile, Tree};

/// A file that no `mod` line names is never compiled, and a test file among them never runs.
pub(crate) fn every_file_is_part_of_a_crate(tree: &Tree) -> Vec<Finding> {
    let roots: Vec<&Path> = tree
        .packages
        .iter()
        .flat_map(|package| &package.targets)
        .map(|target| target.src_path.as_path())
        .collect();
    tree.rust()
        .filter(|file| !file.path.starts_with("fuzz/") && !roots.contains(&Path::new(&file.path)))
        .filter(|file| !parents(tree, &file.path).any(|parent| declares(parent, stem(&file.path))))
        .map(|file| Finding::new(&file.path, "is not compiled: add its `mod` line, or remove the file"))
        .collect()
}

/// `foo.rs` beside `foo/` instead.
pub(crate) fn no_mod_rs(tree: &Tree) -> Vec<Finding> {
    let found = tree.rust().filter(|file| stem(&file.path) == "mod");
    found
        .map(|file| Finding::new(&file.path, "rename it to the directory's name, beside the directory"))
        .collect()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.trim_end_matches(".rs")
}

/// The files in which a `mod` line for `path` can stand.
fn parents<'a>(tree: &'a Tree, path: &str) -> impl Iterator<Item = &'a SourceFile> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let places = [format!("{directory}.rs"), format!("{directory}/lib.rs"), format!("{directory}/main.rs")];
    tree.rust().filter(move |file| places.contains(&file.path))
}

fn declares(parent: &SourceFile, module: &str) -> bool {
    let line =
        Regex::new(&format!(r"(?m)^\s*(pub(\([a-z: ]+\))? )?mod (r#)?{}\s*[;{{]", regex::escape(module)));
    line.expect("a module's name makes a pattern").is_match(&parent.text)
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, declares};

    #[test]
    fn module_lines_are_recognised() {
        let parent = |text: &str| SourceFile { path: "lib.rs".to_owned(), text: text.to_owned() };
        assert!(declares(&parent("mod a;\npub(crate) mod b;\n"), "b"));
        assert!(declares(&parent("#[path = \"x/a.rs\"]\nmod a;"), "a"));
        assert!(!declares(&parent("// mod a;\nmod ab;"), "a"));
    }
}
