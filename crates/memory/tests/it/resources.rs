//! Memories as resources.

mod changing;
mod creating;
mod deleting;
mod quotas;
mod rules;
mod strategies;

use std::collections::BTreeMap;

use ids::{AccountId, MemoryName, StrategyName};
use memory::memories::{NewMemory, NewStrategy};
use memory::model::{Reflection, Steps, StrategyKind};
use memory::namespaces::Template;
use store::idempotency::ClientToken;

pub(crate) use changing::nothing;

/// A memory that learns nothing.
pub(crate) fn new_memory(name: &str) -> NewMemory {
    NewMemory {
        account: AccountId::default(),
        name: MemoryName::parse(name).unwrap(),
        description: None,
        event_expiry_days: 30,
        encryption_key_arn: None,
        execution_role_arn: None,
        managed_by: None,
        indexed_keys: Vec::new(),
        namespace_keys: Vec::new(),
        stream: None,
        strategies: Vec::new(),
        tags: BTreeMap::new(),
        token: None,
    }
}

pub(crate) fn new_strategy(name: &str, kind: StrategyKind) -> NewStrategy {
    NewStrategy {
        name: StrategyName::parse(name).unwrap(),
        description: None,
        kind,
        custom: false,
        namespace: None,
        schema: Vec::new(),
        record_expiry_days: None,
    }
}

pub(crate) fn facts(name: &str) -> NewStrategy {
    new_strategy(name, StrategyKind::Semantic(Steps::default()))
}

pub(crate) fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

pub(crate) fn episodes(namespace: &str, reflections: &str) -> NewStrategy {
    let reflection = Reflection { changed: None, namespace: template(reflections), schema: Vec::new() };
    let kind = StrategyKind::Episodic { steps: Steps::default(), reflection };
    NewStrategy { namespace: Some(template(namespace)), ..new_strategy("episodes", kind) }
}

pub(crate) fn token(token: &str, request: &str) -> ClientToken {
    ClientToken {
        account: AccountId::default().to_string(),
        operation: "TestOperation",
        token: token.to_owned(),
        fingerprint: request.to_owned(),
    }
}
