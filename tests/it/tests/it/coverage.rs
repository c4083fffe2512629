//! The board of what is built says what is built, and nothing else.

use std::collections::BTreeSet;

/// Everything of AgentCore's that is built. A new operation is entered here once it works.
pub(crate) const IMPLEMENTED: &[&str] = &[
    "BatchCreateMemoryRecords",
    "BatchDeleteMemoryRecords",
    "BatchUpdateMemoryRecords",
    "CreateAgentRuntime",
    "CreateAgentRuntimeEndpoint",
    "CreateEvent",
    "CreateMemory",
    "DeleteAgentRuntime",
    "DeleteAgentRuntimeEndpoint",
    "DeleteEvent",
    "DeleteMemory",
    "DeleteMemoryRecord",
    "GetAgentRuntime",
    "GetAgentRuntimeEndpoint",
    "GetEvent",
    "GetMemory",
    "GetMemoryRecord",
    "IngestData",
    "InvokeAgentRuntime",
    "ListActors",
    "ListAgentRuntimeEndpoints",
    "ListAgentRuntimeVersions",
    "ListAgentRuntimes",
    "ListEvents",
    "ListMemories",
    "ListMemoryExtractionJobs",
    "ListMemoryRecords",
    "ListSessions",
    "ListTagsForResource",
    "RetrieveMemoryRecords",
    "StartMemoryExtractionJob",
    "StopRuntimeSession",
    "TagResource",
    "UntagResource",
    "UpdateAgentRuntime",
    "UpdateAgentRuntimeEndpoint",
    "UpdateMemory",
];

/// The same of Bedrock's.
const OF_BEDROCK: &[&str] = &[
    "ApplyGuardrail",
    "Converse",
    "ConverseStream",
    "CountTokens",
    "GetFoundationModel",
    "GetInferenceProfile",
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "ListFoundationModels",
    "ListInferenceProfiles",
];

#[test]
fn the_board_shows_exactly_what_is_built() {
    let shown: Vec<_> = server::coverage().filter(|(_, built)| *built).map(|(spec, _)| spec.name).collect();
    let distinct: BTreeSet<_> = shown.iter().copied().collect();
    let built: BTreeSet<_> = IMPLEMENTED.iter().chain(OF_BEDROCK).copied().collect();
    assert_eq!(distinct, built);
    assert_eq!(shown.len(), built.len(), "an operation of each name is built in one service only");
    assert_eq!(server::coverage().count(), 265);
}

#[test]
fn the_page_shows_the_board() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/coverage.md")).unwrap();
    let mut service = "";
    let mut shown = BTreeSet::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            service = heading.split(':').next().unwrap();
        }
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let ["", name, built @ ("yes" | ""), ""] = cells[..] {
            shown.insert((service, name, built == "yes"));
        }
    }
    let board = server::coverage().map(|(spec, built)| (spec.service.name(), spec.name, built));
    assert_eq!(shown, board.collect(), "run `cargo xtask coverage`");
}
