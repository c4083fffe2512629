//! Words that have no place in the tree.

use regex::Regex;

use super::Finding;
use super::tree::Tree;

/// Work that is left is an issue, not a comment.
pub(crate) fn nothing_is_left_to_do(tree: &Tree) -> Vec<Finding> {
    // Spelled so that this file does not find itself.
    let marker = Regex::new(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b").expect("a pattern");
    search(tree, &marker, "do it, or open an issue and remove the comment")
}

/// A path of one machine means nothing on another.
pub(crate) fn no_machine_is_named(tree: &Tree) -> Vec<Finding> {
    let path =
        Regex::new(r#"(?m)(^|[\s"'`(=:])/(wor[k]|roo[t]|hom[e]/[a-z]+)(/|["'`)\s]|$)"#).expect("a pattern");
    search(tree, &path, "names a path of one machine: derive it, or take it from the environment")
}

fn search(tree: &Tree, pattern: &Regex, message: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(found) = pattern.find(line) {
                let place = format!("{}:{}", file.path, index + 1);
                findings.push(Finding::new(place, format!("{:?}: {message}", found.as_str().trim())));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::SourceFile;

    fn tree(text: &str) -> Tree {
        Tree {
            files: vec![SourceFile { path: "a.rs".to_owned(), text: text.to_owned() }],
            packages: Vec::new(),
        }
    }

    #[test]
    fn paths_of_a_machine_are_found_and_routes_are_not() {
        // Put together here, so that this file does not find itself.
        for path in [["/wor", "k/main"], ["/roo", "t/.cache"], ["/hom", "e/anna/x"]] {
            let text = format!("let at = \"{}\";", path.concat());
            assert_eq!(no_machine_is_named(&tree(&text)).len(), 1, "{text}");
        }
        for text in ["/workloads", "network/work", "a/root/b", "docs: /rooted", "$HOME/x"] {
            assert_eq!(no_machine_is_named(&tree(text)), [], "{text}");
        }
    }

    #[test]
    fn markers_are_found_with_their_line() {
        let found =
            nothing_is_left_to_do(&tree(&format!("fn a() {{}}\n// {}: later\n", ["TO", "DO"].concat())));
        assert_eq!(found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(), ["a.rs:2"]);
        assert_eq!(nothing_is_left_to_do(&tree("let todos = 1;")), []);
    }
}
