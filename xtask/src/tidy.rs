//! The house's own rules, each a small check with a message that says what to do.
//!
//! A new rule is a function from the [`Tree`] to its findings, and one line in [`CHECKS`].

mod arrows;
mod links;
mod manifests;
mod modules;
mod sources;
mod tree;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use tree::Tree;

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A file, or a crate.
    place: String,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: [Check; 11] = [
    arrows::arrows_point_downwards,
    manifests::crates_say_what_they_are,
    manifests::crates_take_the_workspace_lints,
    modules::every_file_is_part_of_a_crate,
    modules::no_mod_rs,
    sources::files_say_what_they_hold,
    sources::files_stay_short,
    sources::unsafe_stays_where_it_is_allowed,
    words::nothing_is_left_to_do,
    words::no_machine_is_named,
    links::links_lead_somewhere,
];

/// Runs every check over the checkout at `root` and prints what they find.
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} things to tidy up", findings.len());
    }
    println!("tidy: {} files, {} crates, nothing to do", tree.files.len(), tree.packages.len());
    Ok(())
}
