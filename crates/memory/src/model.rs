//! The nouns: what a memory is made of, in plain data. Sources: the service model, and AgentCore's documentation of
//! each strategy.

mod definition;
mod event;
mod record;
mod strategy;

pub use definition::{
    Definition, IndexedKey, KeyType, MemoryStatus, NamespaceKey, StreamDelivery, StreamLevel,
};
pub use event::{Branch, Event, Payload, Role};
pub use record::{Origin, Record, RecordMetadata, RecordValue};
pub use strategy::{
    Override, Reflection, SchemaEntry, SchemaExtraction, SchemaRule, SelfManaged, Steps, Strategy,
    StrategyKind, StrategyStatus, Trigger,
};
