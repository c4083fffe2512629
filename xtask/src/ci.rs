//! What continuous integration runs, as a developer runs it.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// One of the jobs.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Job {
    /// Formatting, clippy, tidy, generated code, licences.
    Lint,
    /// The workspace's own tests.
    Test,
    /// Known faults of what we depend on. Apart from `lint`, because its answer changes without us and it
    /// fetches the advisory database.
    Audit,
}

const LINT: &[&[&str]] = &[
    &["fmt", "--all", "--check"],
    &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    &["xtask", "tidy"],
    &["xtask", "codegen", "--check"],
    &["xtask", "coverage", "--check"],
    &["deny", "--all-features", "check", "bans", "licenses", "sources"],
];
const AUDIT: &[&[&str]] = &[&["deny", "--all-features", "check", "advisories"]];
const NEXTEST: &[&[&str]] = &[&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]];
const PLAIN_TEST: &[&[&str]] = &[&["test", "--workspace", "--locked", "--no-fail-fast"]];

/// Runs a job's steps at `root` one after the other; the first that fails ends it.
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
pub(crate) fn run(root: &Path, job: Job) -> Result<()> {
    let steps = match job {
        Job::Lint => LINT,
        Job::Audit => AUDIT,
        Job::Test if has_nextest(root) => NEXTEST,
        Job::Test => PLAIN_TEST,
    };
    for arguments in steps {
        println!("── cargo {}", arguments.join(" "));
        let started = Instant::now();
        let status = Command::new("cargo").args(*arguments).current_dir(root).status();
        if !status.context("cargo could not be started")?.success() {
            bail!("`cargo {}` failed", arguments.join(" "));
        }
        println!("   done in {:.1} s", started.elapsed().as_secs_f32());
    }
    Ok(())
}

fn has_nextest(root: &Path) -> bool {
    let output = Command::new("cargo").args(["nextest", "--version"]).current_dir(root).output();
    output.is_ok_and(|output| output.status.success())
}
