//! `docs/coverage.md`: which operations are implemented, as the built program says.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

const PAGE: &str = "docs/coverage.md";

/// What to do with the page.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if the page is not what the program says, and write nothing.
    #[arg(long)]
    check: bool,
}

/// Asks the program for the board, and writes or compares the page.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let output = Command::new("cargo")
        .args(["run", "--quiet", "--locked", "--package", "freehold", "--", "api", "coverage", "--markdown"])
        .current_dir(root)
        .output()
        .context("cargo could not be started")?;
    ensure!(
        output.status.success(),
        "the board could not be printed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let page = root.join(PAGE);
    if arguments.check {
        let same = fs::read(&page).is_ok_and(|checked_in| checked_in == output.stdout);
        ensure!(same, "{PAGE} is stale: run `cargo xtask coverage`");
        return Ok(());
    }
    fs::write(&page, &output.stdout).with_context(|| format!("writing {PAGE}"))
}
