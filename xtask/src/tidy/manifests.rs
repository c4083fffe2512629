//! What every crate's manifest holds.

use super::Finding;
use super::tree::Tree;

/// A crate is introduced by one sentence.
pub(crate) fn crates_say_what_they_are(tree: &Tree) -> Vec<Finding> {
    let silent = tree.packages.iter().filter(|package| {
        package.description.as_deref().is_none_or(|description| description.trim().is_empty())
    });
    silent.map(|package| Finding::new(&package.name, "add a `description` of one sentence")).collect()
}

/// Lints are chosen once, in the workspace.
pub(crate) fn crates_take_the_workspace_lints(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.packages.iter().map(|package| package.manifest_path.to_string_lossy());
    let missing = manifests.filter(|path| {
        let text = tree.files.iter().find(|file| file.path == *path).map(|file| file.text.as_str());
        !text.is_some_and(inherits_lints)
    });
    missing.map(|path| Finding::new(path, "add `[lints]` with `workspace = true`")).collect()
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()) == Some("workspace = true")
        || manifest.contains("lints.workspace = true")
}

#[cfg(test)]
mod tests {
    use super::inherits_lints;

    #[test]
    fn both_spellings_are_known() {
        assert!(inherits_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(inherits_lints("[package]\nlints.workspace = true\n"));
        assert!(!inherits_lints("[package]\n[lints.rust]\nunsafe_code = \"allow\"\n"));
    }
}
