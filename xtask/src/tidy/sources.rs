//! What every Rust file looks like.

use regex::Regex;

use super::Finding;
use super::tree::Tree;

const LONGEST: usize = 500;
/// Longer files that are there already. This list only shrinks.
const LONGER: [&str; 0] = [];
/// Crates that talk to the kernel; everywhere else `unsafe` has no place.
const UNSAFE_CRATES: [&str; 3] = ["crates/sandbox-qemu/", "crates/sandbox-oci/", "crates/guest-agent/"];

/// The first line of a file says what it is for; the name of `foo/tests.rs` says it already.
pub(crate) fn files_say_what_they_hold(tree: &Tree) -> Vec<Finding> {
    let silent = tree
        .rust()
        .filter(|file| !file.text.starts_with("//! ") && !file.is_generated())
        .filter(|file| !file.path.ends_with("/tests.rs"));
    silent
        .map(|file| Finding::new(&file.path, "begin it with a `//!` line that says what it is for"))
        .collect()
}

/// Nobody wants to open a file of thousands of lines.
pub(crate) fn files_stay_short(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !file.is_generated()) {
        let lines = file.text.lines().count();
        if lines > LONGEST && !LONGER.contains(&file.path.as_str()) {
            let message = format!("has {lines} lines, more than {LONGEST}: split it by idea");
            findings.push(Finding::new(&file.path, message));
        }
    }
    for path in LONGER {
        let still = tree.rust().any(|file| file.path == path && file.text.lines().count() > LONGEST);
        if !still {
            findings.push(Finding::new(path, "is short enough now: take it off tidy's list of longer files"));
        }
    }
    findings
}

/// `unsafe` is confined to the crates that cannot do without.
pub(crate) fn unsafe_stays_where_it_is_allowed(tree: &Tree) -> Vec<Finding> {
    let used = Regex::new(r"(?m)^[^/\n]*\bunsafe\s*(\{|fn\b|impl\b|extern\b|trait\b)").expect("a pattern");
    tree.rust()
        .filter(|file| !UNSAFE_CRATES.iter().any(|allowed| file.path.starts_with(allowed)))
        .filter(|file| used.is_match(&file.text))
        .map(|file| {
            Finding::new(&file.path, "uses `unsafe`: find a safe call, or move it to a crate that may")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::SourceFile;

    fn findings(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        let files = vec![SourceFile { path: path.to_owned(), text: text.to_owned() }];
        check(&Tree { files, packages: Vec::new() }).len()
    }

    #[test]
    fn a_file_has_a_first_line_and_an_end() {
        assert_eq!(findings(files_say_what_they_hold, "a.rs", "//! What.\n"), 0);
        assert_eq!(findings(files_say_what_they_hold, "a.rs", "use x;\n"), 1);
        let long = "x\n".repeat(LONGEST + 1);
        assert_eq!(findings(files_stay_short, "a.rs", &long), 1);
        assert_eq!(findings(files_stay_short, "a.rs", &format!("// @generated\n{long}")), 0);
        assert_eq!(findings(files_stay_short, "a.rs", &long[2..]), 0);
    }

    #[test]
    fn unsafe_is_found_in_code_only() {
        let at = |path, text| findings(unsafe_stays_where_it_is_allowed, path, text);
        assert_eq!(at("crates/store/src/a.rs", "let x = unsafe { y() };"), 1);
        assert_eq!(at("crates/store/src/a.rs", "pub unsafe fn x() {}"), 1);
        assert_eq!(at("crates/store/src/a.rs", "// unsafe { y() }"), 0);
        assert_eq!(at("crates/sandbox-qemu/src/a.rs", "unsafe { y() }"), 0);
    }
}
