//! What the checks look at: the files of the checkout and what cargo knows of its crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Directories of built or downloaded things, never looked into; neither are hidden ones but these.
const SKIPPED: [&str; 5] = ["target", "corpus", "artifacts", "node_modules", "__pycache__"];
const HIDDEN_BUT_OURS: [&str; 2] = [".cargo", ".ci"];
/// Inputs that others wrote.
const INPUTS: &str = "models/";

/// The checkout.
pub(crate) struct Tree {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) packages: Vec<Package>,
}

/// One text file of ours.
pub(crate) struct SourceFile {
    /// Below the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// One crate of the workspace, as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// One line of a crate's dependencies.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Absent for ordinary dependencies, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// A library, binary, test or example of a crate.
#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

impl Tree {
    /// Reads the checkout at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, packages: packages(root)? })
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl SourceFile {
    /// Whether a program wrote it.
    pub(crate) fn is_generated(&self) -> bool {
        self.text.starts_with("// @generated")
    }
}

fn packages(root: &Path) -> Result<Vec<Package>> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo could not be started")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    for package in &mut metadata.packages {
        package.manifest_path = below(root, &package.manifest_path);
        for target in &mut package.targets {
            target.src_path = below(root, &target.src_path);
        }
    }
    Ok(metadata.packages)
}

fn below(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

fn collect(directory: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("listing {prefix:?}"))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN_BUT_OURS.contains(&name.as_str());
            if !hidden && !SKIPPED.contains(&name.as_str()) && !format!("{path}/").starts_with(INPUTS) {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            // What is not UTF-8 is no source of ours.
            files.push(SourceFile { path, text });
        }
    }
    Ok(())
}
