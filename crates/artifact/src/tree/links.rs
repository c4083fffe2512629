//! Whether links stay inside, decided on the tree alone and through every other link on their way.
//!
//! Reading a target's text is not enough: `a/up/../x` is harmless by itself and leaves the tree when `a/up`
//! is a link to the top. So each link is walked the way the kernel would walk it.

use super::{Directory, Node};
use crate::ArtifactError;
use crate::error::printable;

/// Steps that one link may take, links on the way included; the kernel gives up after 40 links.
const MOST_STEPS: usize = 1000;
const ENDLESS: &str = "never ends: links point to each other";

/// Checks every link below `root`.
pub(crate) fn check(root: &Directory) -> Result<(), ArtifactError> {
    visit(&mut vec![root], &mut Vec::new())
}

/// `way` holds the directories from the root down to the one that is visited, `path` their names.
fn visit<'a>(way: &mut Vec<&'a Directory>, path: &mut Vec<&'a str>) -> Result<(), ArtifactError> {
    let Some(directory) = way.last().copied() else { return Ok(()) };
    for (name, node) in directory {
        path.push(name);
        match node {
            Node::Directory(inner) => {
                way.push(inner);
                visit(way, path)?;
                way.pop();
            }
            Node::Link(target) => follow(way, target).map_err(|why| ArtifactError::Link {
                name: printable(path.join("/").as_bytes()),
                target: printable(target.as_bytes()),
                why,
            })?,
            Node::File => {}
        }
        path.pop();
    }
    Ok(())
}

/// Walks from the directories `way` along `target`. A place that does not exist is taken for an empty
/// directory: a link may dangle, as long as it dangles inside.
fn follow(way: &[&Directory], target: &str) -> Result<(), &'static str> {
    let mut here: Vec<Option<&Directory>> = way.iter().copied().map(Some).collect();
    let mut ahead = Vec::new();
    queue(&mut ahead, target)?;
    let mut steps = 0;
    while let Some(part) = ahead.pop() {
        steps += 1;
        if steps > MOST_STEPS {
            return Err(ENDLESS);
        }
        if part == ".." {
            here.pop();
            if here.is_empty() {
                return Err("leaves the zip's own tree");
            }
            continue;
        }
        match here.last().copied().flatten().and_then(|directory| directory.get(part)) {
            Some(Node::Directory(inner)) => here.push(Some(inner)),
            Some(Node::Link(target)) => queue(&mut ahead, target)?,
            Some(Node::File) | None => here.push(None),
        }
    }
    Ok(())
}

/// Puts a target's parts in front of what is still ahead.
fn queue<'a>(ahead: &mut Vec<&'a str>, target: &'a str) -> Result<(), &'static str> {
    if target.starts_with('/') {
        return Err("is an absolute path; links must be relative and stay in the zip");
    }
    ahead.extend(target.split('/').rev().filter(|part| !matches!(*part, "" | ".")));
    if ahead.len() > MOST_STEPS {
        return Err(ENDLESS);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree from `path -> target` links and plain `path` files.
    fn tree(lines: &[&str]) -> Directory {
        let mut root = Directory::new();
        for line in lines {
            let (path, node) = match line.split_once(" -> ") {
                Some((path, target)) => (path, Node::Link(target.to_owned())),
                None => (*line, Node::File),
            };
            let mut directory = &mut root;
            let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
            for part in parents.split('/').filter(|part| !part.is_empty()) {
                let node = directory.entry(part.to_owned()).or_insert(Node::Directory(Directory::new()));
                let Node::Directory(inner) = node else { panic!("{part} is no directory") };
                directory = inner;
            }
            directory.insert(name.to_owned(), node);
        }
        root
    }

    fn refusal(lines: &[&str]) -> Option<String> {
        check(&tree(lines)).err().map(|error| error.to_string())
    }

    #[test]
    fn links_inside_are_fine() {
        for lines in [
            &["lib/a.so.1", "lib/a.so -> a.so.1"][..],
            &["bin/x -> ../lib/x", "lib/x"],
            &["a/b/c/top -> ../../..", "again -> a/b/c/top/a"],
            &["dangling -> not/here"],
            &["a -> ."],
            &["deep/l -> nowhere/../../deep"],
        ] {
            assert_eq!(refusal(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn links_that_leave_are_refused() {
        for lines in [
            &["x -> /etc/passwd"][..],
            &["x -> .."],
            &["a/x -> ../../etc"],
            &["a/x -> b/../../../etc"],
            // Each is harmless as text; only the walk through `up` shows where they go.
            &["a/b/up -> ../..", "a/b/x -> up/../etc"],
            &["a/b/up -> ../..", "mid -> a/b/up", "z/z/z/x -> ../../../mid/.."],
        ] {
            let refusal = refusal(lines).unwrap_or_else(|| panic!("{lines:?} passed"));
            assert!(refusal.contains("leaves") || refusal.contains("absolute"), "{refusal}");
        }
    }

    #[test]
    fn loops_end() {
        let wide = format!("a -> {}", "a/".repeat(500));
        for lines in [&["a -> a"][..], &["a -> b", "b -> a"], &["d/a -> ../d/a/x"], &["a -> a/a/a"], &[&wide]]
        {
            let refusal = refusal(lines).unwrap_or_else(|| panic!("{lines:?} passed"));
            assert!(refusal.contains("never ends"), "{refusal}");
        }
    }
}
