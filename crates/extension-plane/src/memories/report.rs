//! `GET memories/{memoryId}/report`

use std::collections::BTreeSet;

use fault::{Kind, Result};
use ids::{AccountId, MemoryId, MemoryRecordId};
use memory::model::Record;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::OfMemory;
use crate::ExtensionPlane;
use crate::answer::{Answer, moment};
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// How many examples of each sort are shown.
const EXAMPLES: usize = 20;

/// What of a memory is of little use: records that say what another says, and records that no search ever found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetMemoryReport;

impl Operation for GetMemoryReport {
    type Input = OfMemory;
    type Output = Answer<Report>;
    const SPEC: &'static OperationSpec = &operation(
        "GetMemoryReport",
        Method::GET,
        own_path![literal("memories"), label("memoryId"), literal("report")],
        &[],
        Payload::None,
    );
}

/// Counts, and examples.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// How many records were looked at.
    records: usize,
    /// Whether there are more.
    more: bool,
    /// How many of them say what an older one says.
    duplicate_records: usize,
    duplicates: Vec<Duplicate>,
    never_retrieved: usize,
    examples_never_retrieved: Vec<Unused>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Duplicate {
    first: String,
    second: String,
    likeness: f64,
    namespace: Option<String>,
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Unused {
    memory_record_id: String,
    created_at: String,
    text: String,
}

impl Handle<GetMemoryReport> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfMemory) -> Result<Answer<Report>> {
        let (account, memory) = (account(call)?, input.id()?);
        let junk = self.memory.junk(&account, &memory).await?;
        let newer: BTreeSet<_> = junk.duplicates.iter().map(|pair| &pair.second).collect();
        let mut duplicates = Vec::new();
        for pair in junk.duplicates.iter().take(EXAMPLES) {
            if let Some(record) = self.still(&account, &memory, &pair.second).await? {
                duplicates.push(Duplicate {
                    first: pair.first.to_string(),
                    second: pair.second.to_string(),
                    likeness: pair.likeness,
                    namespace: record.namespace.map(Into::into),
                    text: record.text,
                });
            }
        }
        let mut unused = Vec::new();
        for id in junk.never_found.iter().take(EXAMPLES) {
            if let Some(record) = self.still(&account, &memory, id).await? {
                unused.push(Unused {
                    memory_record_id: id.to_string(),
                    created_at: moment(record.created_at),
                    text: record.text,
                });
            }
        }
        Ok(Answer(Report {
            records: junk.looked_at,
            more: junk.more,
            duplicate_records: newer.len(),
            duplicates,
            never_retrieved: junk.never_found.len(),
            examples_never_retrieved: unused,
        }))
    }
}

impl ExtensionPlane {
    /// A record, unless it is gone meanwhile.
    async fn still(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        id: &MemoryRecordId,
    ) -> Result<Option<Record>> {
        match self.memory.get_record(account, memory, id, None).await {
            Ok(record) => Ok(Some(record)),
            Err(fault) if *fault.kind() == Kind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
