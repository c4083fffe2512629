//! Counting what is asked of memories, as AgentCore counts it.

use std::time::Instant;

use fault::Fault;
use ids::{AccountId, MemoryId};
use memory::Memory;
use percent_encoding::percent_decode_str;
use restjson::Route;
use restjson::spec::Service;
use telemetry::Metrics;

/// A request to a memory that has come in and is to be counted.
pub(crate) struct Request {
    account: AccountId,
    memory: Option<String>,
    operation: &'static str,
    begun: Instant,
}

impl Request {
    /// The request along this route, if it is one of AgentCore's to a memory.
    pub(crate) fn of(route: Option<&Route>, path: &str, account: &str, service: &Memory) -> Option<Self> {
        let spec = route?.spec;
        let mut segments = path.split('/').skip(1);
        let of_memories = segments.next() == Some("memories") && !matches!(spec.service, Service::Extension);
        let named = segments.next().filter(|_| of_memories)?;
        let account = AccountId::parse(account).ok()?;
        let memory = memory(named).map(|memory| service.arn(&account, &memory).to_string());
        Some(Self { account, memory, operation: spec.name, begun: Instant::now() })
    }

    /// Whether the account may make the request now.
    pub(crate) fn admitted(&self, service: &Memory) -> Result<(), Fault> {
        service.admit(&self.account, self.operation)
    }

    /// The answer's head is there.
    pub(crate) fn answered(self, metrics: &Metrics, status: u16) {
        metrics.remembered(self.memory, self.operation, status, self.begun.elapsed());
    }
}

/// The memory that a path names, by its id or its ARN; none where the operation is on no single one.
fn memory(named: &str) -> Option<MemoryId> {
    let named = percent_decode_str(named).decode_utf8().ok()?;
    let (memory, _) = MemoryId::parse_id_or_arn(&named).ok()?;
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_named_by_its_id_or_its_arn() {
        let arn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/birds-0123456789";
        let found = |named: &str| memory(named).map(|memory| memory.to_string());
        for named in ["birds-0123456789", arn, &arn.replace(':', "%3A").replace('/', "%2F")] {
            assert_eq!(found(named).as_deref(), Some("birds-0123456789"), "{named}");
        }
        assert_eq!(found("create"), None);
    }
}
