//! What a memory has to be as a whole, whoever asks for it and in however many steps.

mod keys;
mod schema;

use std::collections::BTreeSet;

use fault::{Fault, FieldFault, Result};

use crate::model::{Definition, SchemaEntry, Strategy, StrategyKind, Trigger};
use crate::namespaces::Template;

/// How many days events may be kept.
const EVENT_DAYS: std::ops::RangeInclusive<u32> = 3..=3650;
/// The fewest days that records may be kept.
const RECORD_DAYS: u32 = 31;

/// Refuses what is no possible memory, naming every member at fault.
pub(super) fn definition(memory: &Definition) -> Result<()> {
    let mut faults = Faults::default();
    if !EVENT_DAYS.contains(&memory.event_expiry_days) {
        faults.add("eventExpiryDuration", "must be 3 to 3650 days");
    }
    keys::indexed(memory, &mut faults);
    keys::of_namespaces(memory, &mut faults);
    let mut names = BTreeSet::new();
    for strategy in &memory.strategies {
        if !names.insert(&strategy.name) {
            faults.add("memoryStrategies", format!("two strategies are named {}", strategy.name));
        }
        self::strategy(memory, strategy, &mut faults);
    }
    faults.result()
}

fn strategy(memory: &Definition, strategy: &Strategy, faults: &mut Faults) {
    let at = format!("memoryStrategies[{}]", strategy.name);
    template(memory, &strategy.namespace, &at, faults);
    if strategy.record_expiry_days.is_some_and(|days| days < RECORD_DAYS) {
        faults.add(
            format!("{at}.recordExpirySpecification.recordExpiryDurationDays"),
            format!("must be at least {RECORD_DAYS}"),
        );
    }
    let check = |entries: &[SchemaEntry], at: String, faults: &mut Faults| {
        let summary = matches!(strategy.kind, StrategyKind::Summary(_));
        schema::entries(memory, entries, summary, &at, faults);
    };
    check(&strategy.schema, format!("{at}.memoryRecordSchema.metadataSchema"), faults);
    match &strategy.kind {
        StrategyKind::Episodic { reflection, .. } => {
            let at = format!("{at}.reflectionConfiguration");
            template(memory, &reflection.namespace, &at, faults);
            if !reflection.namespace.holds(&strategy.namespace) {
                faults.add(
                    format!("{at}.namespaceTemplates[0]"),
                    format!("must be the episodes' {} or a level above it", strategy.namespace.as_str()),
                );
            }
            check(&reflection.schema, format!("{at}.memoryRecordSchema.metadataSchema"), faults);
        }
        StrategyKind::SelfManaged(managed) => {
            let at = format!("{at}.configuration.selfManagedConfiguration");
            for trigger in &managed.triggers {
                self::trigger(*trigger, &at, faults);
            }
            if managed.history_messages > 50 {
                faults.add(format!("{at}.historicalContextWindowSize"), "must be at most 50");
            }
        }
        StrategyKind::Semantic(_) | StrategyKind::Summary(_) | StrategyKind::UserPreference(_) => {}
    }
}

/// Every variable must be AgentCore's or one of the memory's own.
fn template(memory: &Definition, template: &Template, at: &str, faults: &mut Faults) {
    for name in template.custom_variables() {
        if !memory.namespace_keys.iter().any(|key| key.key == name) {
            faults.add(
                format!("{at}.namespaceTemplates[0]"),
                format!(
                    "{{{name}}} is none of {{actorId}}, {{sessionId}}, {{memoryStrategyId}} and the memory's namespaceKeys"
                ),
            );
        }
    }
}

fn trigger(trigger: Trigger, at: &str, faults: &mut Faults) {
    let (count, range, member) = match trigger {
        Trigger::Messages(count) => (count, 1..=50, "messageBasedTrigger.messageCount"),
        Trigger::Tokens(count) => (count, 100..=500_000, "tokenBasedTrigger.tokenCount"),
        Trigger::IdleSeconds(count) => (count, 10..=3_000, "timeBasedTrigger.idleSessionTimeout"),
    };
    if !range.contains(&count) {
        faults.add(
            format!("{at}.triggerConditions.{member}"),
            format!("must be {} to {}", range.start(), range.end()),
        );
    }
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, name: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldFault { name: name.into(), message: message.into() });
    }

    fn result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::fields(self.0)) }
    }
}

#[cfg(test)]
mod tests;
