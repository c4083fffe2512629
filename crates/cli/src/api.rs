//! `freehold api`

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

/// What of AgentCore's API is there.
#[derive(Subcommand)]
pub(crate) enum Api {
    /// List every operation and whether it is implemented.
    Coverage(Coverage),
}

/// The board: every operation of the service models, and whether it is implemented.
#[derive(Args)]
pub(crate) struct Coverage {
    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As the page docs/coverage.md
    #[arg(long)]
    markdown: bool,
}

impl Api {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Self::Coverage(coverage) = self;
        let mut board: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
        for (spec, implemented) in server::coverage() {
            board.entry(spec.service.name()).or_default().push((spec.name, implemented));
        }
        board.values_mut().for_each(|operations| operations.sort_unstable());
        let shown = match coverage {
            Coverage { json: true, .. } => as_json(&board),
            Coverage { markdown: true, .. } => as_markdown(&board),
            Coverage { .. } => as_text(&board),
        };
        print!("{shown}");
        Ok(ExitCode::SUCCESS)
    }
}

type Board<'b> = BTreeMap<&'b str, Vec<(&'b str, bool)>>;

fn built(operations: &[(&str, bool)]) -> usize {
    operations.iter().filter(|(_, implemented)| *implemented).count()
}

fn as_text(board: &Board<'_>) -> String {
    let mut text = String::new();
    for (service, operations) in board {
        text.push_str(&format!("{service}: {} of {} operations\n", built(operations), operations.len()));
        for (name, implemented) in operations {
            text.push_str(&format!("  {} {name}\n", if *implemented { "yes" } else { " - " }));
        }
    }
    text
}

fn as_json(board: &Board<'_>) -> String {
    let services: BTreeMap<_, _> = board
        .iter()
        .map(|(service, operations)| {
            let names = |wanted| {
                operations
                    .iter()
                    .filter(move |(_, built)| *built == wanted)
                    .map(|(name, _)| *name)
                    .collect::<Vec<_>>()
            };
            (service, json!({ "implemented": names(true), "not_implemented": names(false) }))
        })
        .collect();
    format!("{:#}\n", json!(services))
}

fn as_markdown(board: &Board<'_>) -> String {
    let mut page = String::from(
        "# What of AgentCore's API and of Bedrock's is there\n\nMade by `cargo xtask coverage` from the code. What is not implemented \
         answers HTTP 501 `NotImplementedException`\nand names the operation.\n",
    );
    for (service, operations) in board {
        page.push_str(&format!(
            "\n## {service}: {} of {}\n\n| operation | implemented |\n| --- | --- |\n",
            built(operations),
            operations.len()
        ));
        for (name, implemented) in operations {
            page.push_str(&format!("| {name} | {} |\n", if *implemented { "yes" } else { "" }));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_board_has_every_operation() {
        assert_eq!(server::coverage().count(), 265);
        assert!(server::coverage().any(|(spec, built)| spec.name == "InvokeAgentRuntime" && built));
        assert!(server::coverage().any(|(spec, built)| spec.name == "ConverseStream" && built));
        assert!(server::coverage().any(|(spec, built)| spec.name == "CreateMemory" && built));
        assert!(server::coverage().any(|(spec, built)| spec.name == "CreateGateway" && !built));
    }
}
