//! Links between the tree's own documents.

use std::collections::BTreeSet;

use regex::Regex;

use super::Finding;
use super::tree::{SourceFile, Tree};

/// Every relative link in a document leads to a file or directory of the tree.
pub(crate) fn links_lead_somewhere(tree: &Tree) -> Vec<Finding> {
    let places = places(tree);
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for captures in link.captures_iter(&file.text) {
            let target = &captures[1];
            if leads_nowhere(file, target, &places) {
                let message = format!("links to {target}, which does not exist: correct or remove the link");
                findings.push(Finding::new(&file.path, message));
            }
        }
    }
    findings
}

/// Every file and every directory that holds one.
fn places(tree: &Tree) -> BTreeSet<&str> {
    let mut places = BTreeSet::from([""]);
    for file in &tree.files {
        places.insert(&file.path);
        places.extend(file.path.match_indices('/').map(|(at, _)| &file.path[..at]));
    }
    places
}

fn leads_nowhere(file: &SourceFile, target: &str, places: &BTreeSet<&str>) -> bool {
    let target = target.split('#').next().unwrap_or_default();
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return false;
    }
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return true,
            ".." => {}
            part => parts.push(part),
        }
    }
    !places.contains(parts.join("/").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_their_own_file() {
        let file = SourceFile { path: "docs/a.md".to_owned(), text: String::new() };
        let places = BTreeSet::from(["", "README.md", "docs", "docs/b.md"]);
        for there in ["b.md", "b.md#part", "../README.md", "..", "../docs/", "https://example.com", "#here"] {
            assert!(!leads_nowhere(&file, there, &places), "{there}");
        }
        for nowhere in ["c.md", "README.md", "../../README.md"] {
            assert!(leads_nowhere(&file, nowhere, &places), "{nowhere}");
        }
    }
}
