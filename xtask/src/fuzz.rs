//! Short, bounded runs of every fuzz target, with the stable compiler and no tool to install.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

const HOST: &str = "x86_64-unknown-linux-gnu";
/// What `cargo fuzz --sanitizer none` passes, as far as the stable compiler knows it.
const INSTRUMENTATION: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1";

/// How long, and what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Seconds for each target.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Only these targets.
    targets: Vec<String>,
}

/// Builds all targets once and runs each for its time.
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let fuzz = root.join("fuzz");
    println!("── building the fuzz targets");
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--target", HOST, "--target-dir", "target"])
        .env("RUSTFLAGS", INSTRUMENTATION)
        .current_dir(&fuzz)
        .status()?;
    ensure!(status.success(), "the fuzz targets do not build");

    let known = targets(&fuzz)?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no fuzz target {unknown}; there are {}", known.join(", "));
    }
    let chosen = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    for name in chosen {
        println!("── {name}, {} seconds", arguments.seconds);
        run_target(&fuzz, name, arguments.seconds)?;
    }
    Ok(())
}

/// Runs one target from its corpus, which grows, and its seeds, which are checked in.
fn run_target(fuzz: &Path, name: &str, seconds: u32) -> Result<()> {
    let (corpus, crashes) = (fuzz.join("corpus").join(name), fuzz.join("artifacts").join(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&crashes)?;
    let seeds = Some(fuzz.join("seeds").join(name)).filter(|seeds| seeds.is_dir());
    let status = Command::new(fuzz.join("target").join(HOST).join("release").join(name))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-print_final_stats=1", "-verbosity=0", "-print_funcs=0"])
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg(&corpus)
        .args(seeds)
        .status()
        .with_context(|| format!("{name} could not be started"))?;
    ensure!(status.success(), "{name} found something: see {}", crashes.display());
    Ok(())
}

/// The targets' names: one file each.
fn targets(fuzz: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(fuzz.join("fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(name) = path.file_stem()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
