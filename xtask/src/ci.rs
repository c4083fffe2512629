//! What continuous integration runs, as a developer runs it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// One of the jobs.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Job {
    /// Formatting, clippy, tidy, generated code, licences.
    Lint,
    /// The workspace's own tests, and real clients against the built server.
    Test,
    /// Known faults of what we depend on. Apart from `lint`, because its answer changes without us and it
    /// fetches the advisory database.
    Audit,
}

const LINT: &[&[&str]] = &[
    &["fmt", "--all", "--check"],
    &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    // A workspace of its own, which nothing else would notice to be broken.
    &[
        "clippy",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
        "target",
        "--locked",
        "--",
        "-D",
        "warnings",
    ],
    &["xtask", "tidy"],
    &["xtask", "codegen", "--check"],
    &["xtask", "coverage", "--check"],
    &["deny", "--all-features", "check", "bans", "licenses", "sources"],
];
const AUDIT: &[&[&str]] = &[&["deny", "--all-features", "check", "advisories"]];
const NEXTEST: &[&[&str]] =
    &[&["nextest", "run", "--workspace", "--features", MACHINES, "--locked", "--no-fail-fast"]];
const PLAIN_TEST: &[&[&str]] =
    &[&["test", "--workspace", "--features", MACHINES, "--locked", "--no-fail-fast"]];
/// The tests that start real virtual machines. They need what `make setup` leaves.
const MACHINES: &str = "sandbox-qemu/vm-tests,it/vm-tests";
/// Real clients against the built server.
const CLIENTS: &[&str] = &["-m", "pytest", "tests/clients"];

/// Runs a job's steps at `root` one after the other; the first that fails ends it.
pub(crate) fn run(root: &Path, job: Job) -> Result<()> {
    let steps = match job {
        Job::Lint => LINT,
        Job::Audit => AUDIT,
        Job::Test if has_nextest(root) => NEXTEST,
        Job::Test => PLAIN_TEST,
    };
    for arguments in steps {
        step(root, Path::new("cargo"), arguments)?;
    }
    if matches!(job, Job::Test) {
        let python =
            env::var_os("FREEHOLD_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from);
        step(root, &python, CLIENTS)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn step(root: &Path, program: &Path, arguments: &[&str]) -> Result<()> {
    let shown = format!("{} {}", program.display(), arguments.join(" "));
    println!("── {shown}");
    let started = Instant::now();
    let status = Command::new(program).args(arguments).current_dir(root).status();
    if !status
        .with_context(|| format!("{} could not be started: run make setup", program.display()))?
        .success()
    {
        bail!("`{shown}` failed");
    }
    println!("   done in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

fn has_nextest(root: &Path) -> bool {
    let output = Command::new("cargo").args(["nextest", "--version"]).current_dir(root).output();
    output.is_ok_and(|output| output.status.success())
}
