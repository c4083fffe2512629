//! Reports what the newest published models have that ours do not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::SERVICES;
use super::import::Wheel;

/// Fetches the newest botocore and prints what differs.
#[expect(clippy::print_stdout, reason = "the report is what the chore is for")]
pub(crate) fn report(root: &Path) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = download(directory.path())?;
    println!("newest: {}", path.file_name().unwrap_or_default().to_string_lossy());
    let mut wheel = Wheel::open(&path)?;
    for service in &SERVICES {
        let ours: Value = serde_json::from_slice(&std::fs::read(service.model_file(root))?)?;
        let (theirs, _) = wheel.read(service, "service-2")?;
        let differences = compare(&ours, &theirs);
        println!("\n{}: {} differences", service.name, differences.len());
        differences.iter().for_each(|line| println!("  {line}"));
    }
    Ok(())
}

fn download(directory: &Path) -> Result<PathBuf> {
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "botocore",
            "--dest",
        ])
        .arg(directory)
        .status()
        .context("starting pip")?;
    ensure!(status.success(), "pip could not fetch botocore");
    let mut entries = std::fs::read_dir(directory)?;
    Ok(entries.next().context("pip fetched nothing")??.path())
}

/// Operations, shapes and members that were added, removed or changed.
fn compare(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    entries("operation", &ours["operations"], &theirs["operations"], &mut lines, |_, _, _| Vec::new());
    entries("shape", &ours["shapes"], &theirs["shapes"], &mut lines, |name, before, after| {
        let mut inner = Vec::new();
        entries("member", &before["members"], &after["members"], &mut inner, |_, _, _| Vec::new());
        inner.iter().map(|line| format!("  {name}: {line}")).collect()
    });
    lines
}

fn entries(
    what: &str,
    ours: &Value,
    theirs: &Value,
    lines: &mut Vec<String>,
    inside: impl Fn(&str, &Value, &Value) -> Vec<String>,
) {
    let empty = serde_json::Map::new();
    let (ours, theirs) = (ours.as_object().unwrap_or(&empty), theirs.as_object().unwrap_or(&empty));
    for (name, after) in theirs {
        match ours.get(name) {
            None => lines.push(format!("+ {what} {name}")),
            Some(before) if before != after => {
                lines.push(format!("~ {what} {name}"));
                lines.extend(inside(name, before, after));
            }
            Some(_) => {}
        }
    }
    lines.extend(
        ours.keys().filter(|name| !theirs.contains_key(*name)).map(|name| format!("- {what} {name}")),
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn additions_removals_and_changes_are_told() {
        let ours = json!({ "operations": { "Old": {} }, "shapes": { "Thing": { "members": { "a": 1 } } } });
        let theirs =
            json!({ "operations": { "New": {} }, "shapes": { "Thing": { "members": { "a": 2, "b": 1 } } } });
        let expected = [
            "+ operation New",
            "- operation Old",
            "~ shape Thing",
            "  Thing: ~ member a",
            "  Thing: + member b",
        ];
        assert_eq!(compare(&ours, &theirs), expected);
    }
}
