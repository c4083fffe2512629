//! Changes of a strategy, made.

use fault::{Fault, Result};
use stdx::Timestamp;

use super::{
    OverrideKind, RecordExpiry, ReflectionChanges, SelfManagedChanges, StepChanges, StrategyChanges,
};
use crate::model::{Steps, Strategy, StrategyKind};

impl StrategyChanges {
    /// The strategy with these changes.
    pub(in crate::memories) fn apply(&self, mut strategy: Strategy, now: Timestamp) -> Result<Strategy> {
        self.steps.apply(&mut strategy)?;
        if let Some(description) = &self.description {
            strategy.description = Some(description.clone());
        }
        if let Some(namespace) = &self.namespace {
            strategy.namespace = namespace.clone();
        }
        if let Some(schema) = &self.schema {
            strategy.schema = schema.clone();
        }
        match self.expiry {
            Some(RecordExpiry::Days(days)) => strategy.record_expiry_days = Some(days),
            Some(RecordExpiry::Remove) => strategy.record_expiry_days = None,
            None => {}
        }
        strategy.updated_at = now;
        Ok(strategy)
    }
}

impl StepChanges {
    fn apply(&self, strategy: &mut Strategy) -> Result<()> {
        let own = override_kind(&strategy.kind);
        for (step, change) in [("extraction", &self.extraction), ("consolidation", &self.consolidation)] {
            let Some((kind, _)) = change else { continue };
            if !strategy.custom || own != Some(*kind) {
                return Err(misfit(strategy, step));
            }
        }
        if let Some(steps) = steps_of(&mut strategy.kind) {
            if let Some((_, extraction)) = &self.extraction {
                steps.extraction = Some(extraction.clone());
            }
            if let Some((_, consolidation)) = &self.consolidation {
                steps.consolidation = Some(consolidation.clone());
            }
        }
        if let Some(changes) = &self.reflection {
            changes.apply(strategy)?;
        }
        if let Some(changes) = &self.self_managed {
            changes.apply(strategy)?;
        }
        Ok(())
    }
}

impl ReflectionChanges {
    fn apply(&self, strategy: &mut Strategy) -> Result<()> {
        let misfit = misfit(strategy, "reflection");
        let StrategyKind::Episodic { reflection, .. } = &mut strategy.kind else { return Err(misfit) };
        if let Some(changed) = &self.changed {
            if !strategy.custom {
                return Err(misfit);
            }
            reflection.changed = Some(changed.clone());
        }
        if let Some(namespace) = &self.namespace {
            reflection.namespace = namespace.clone();
        }
        if let Some(schema) = &self.schema {
            reflection.schema = schema.clone();
        }
        Ok(())
    }
}

impl SelfManagedChanges {
    fn apply(&self, strategy: &mut Strategy) -> Result<()> {
        let misfit = misfit(strategy, "selfManagedConfiguration");
        let StrategyKind::SelfManaged(managed) = &mut strategy.kind else { return Err(misfit) };
        if let Some(triggers) = &self.triggers {
            managed.triggers.clone_from(triggers);
        }
        if let Some(topic_arn) = &self.topic_arn {
            managed.topic_arn.clone_from(topic_arn);
        }
        if let Some(bucket) = &self.bucket {
            managed.bucket.clone_from(bucket);
        }
        if let Some(history_messages) = self.history_messages {
            managed.history_messages = history_messages;
        }
        Ok(())
    }
}

fn steps_of(kind: &mut StrategyKind) -> Option<&mut Steps> {
    match kind {
        StrategyKind::Semantic(steps)
        | StrategyKind::Summary(steps)
        | StrategyKind::UserPreference(steps)
        | StrategyKind::Episodic { steps, .. } => Some(steps),
        StrategyKind::SelfManaged(_) => None,
    }
}

fn override_kind(kind: &StrategyKind) -> Option<OverrideKind> {
    match kind {
        StrategyKind::Semantic(_) => Some(OverrideKind::Semantic),
        StrategyKind::Summary(_) => Some(OverrideKind::Summary),
        StrategyKind::UserPreference(_) => Some(OverrideKind::UserPreference),
        StrategyKind::Episodic { .. } => Some(OverrideKind::Episodic),
        StrategyKind::SelfManaged(_) => None,
    }
}

fn misfit(strategy: &Strategy, step: &str) -> Fault {
    Fault::field(
        format!("memoryStrategies.modifyMemoryStrategies.configuration.{step}"),
        format!("does not fit the strategy {}: it is of another kind, or not a custom one", strategy.id),
    )
}
