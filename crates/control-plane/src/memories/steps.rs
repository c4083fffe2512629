//! Changes of strategies' steps, from the wire to the service.

use control_api::memories::{
    CustomConsolidationConfigurationInput, CustomExtractionConfigurationInput,
    CustomReflectionConfigurationInput, ModifyConsolidationConfiguration, ModifyExtractionConfiguration,
    ModifyReflectionConfiguration, ModifySelfManagedConfiguration, ModifyStrategyConfiguration,
    TriggerConditionInput,
};
use fault::{Fault, Result};
use memory::memories::{OverrideKind, ReflectionChanges, SelfManagedChanges, StepChanges};
use memory::model::{Override, Trigger};

use super::strategy::{changed, template};
use super::{keys, schema};

pub(super) fn changes(wire: ModifyStrategyConfiguration) -> Result<StepChanges> {
    Ok(StepChanges {
        extraction: wire.extraction.and_then(extraction),
        consolidation: wire.consolidation.and_then(consolidation),
        reflection: wire.reflection.map(reflection).transpose()?,
        self_managed: wire.self_managed_configuration.map(self_managed).transpose()?,
    })
}

fn extraction(wire: ModifyExtractionConfiguration) -> Option<(OverrideKind, Override)> {
    use CustomExtractionConfigurationInput as Wire;
    let ModifyExtractionConfiguration::CustomExtractionConfiguration(wire) = wire;
    let (kind, step) = match wire {
        Wire::SemanticExtractionOverride(step) => (OverrideKind::Semantic, changed!(Some(step))),
        Wire::UserPreferenceExtractionOverride(step) => (OverrideKind::UserPreference, changed!(Some(step))),
        Wire::EpisodicExtractionOverride(step) => (OverrideKind::Episodic, changed!(Some(step))),
    };
    step.map(|step| (kind, step))
}

fn consolidation(wire: ModifyConsolidationConfiguration) -> Option<(OverrideKind, Override)> {
    use CustomConsolidationConfigurationInput as Wire;
    let ModifyConsolidationConfiguration::CustomConsolidationConfiguration(wire) = wire;
    let (kind, step) = match wire {
        Wire::SemanticConsolidationOverride(step) => (OverrideKind::Semantic, changed!(Some(step))),
        Wire::SummaryConsolidationOverride(step) => (OverrideKind::Summary, changed!(Some(step))),
        Wire::UserPreferenceConsolidationOverride(step) => {
            (OverrideKind::UserPreference, changed!(Some(step)))
        }
        Wire::EpisodicConsolidationOverride(step) => (OverrideKind::Episodic, changed!(Some(step))),
    };
    step.map(|step| (kind, step))
}

fn reflection(wire: ModifyReflectionConfiguration) -> Result<ReflectionChanges> {
    let (changed, templates, former, schema) = match wire {
        ModifyReflectionConfiguration::EpisodicReflectionConfiguration(wire) => {
            (None, wire.namespace_templates, wire.namespaces, wire.memory_record_schema)
        }
        ModifyReflectionConfiguration::CustomReflectionConfiguration(
            CustomReflectionConfigurationInput::EpisodicReflectionOverride(wire),
        ) => {
            let changed =
                Override { append_to_prompt: wire.append_to_prompt.into_inner(), model: wire.model_id };
            (Some(changed), wire.namespace_templates, wire.namespaces, wire.memory_record_schema)
        }
    };
    Ok(ReflectionChanges {
        changed,
        namespace: template(templates, former)?,
        schema: schema.map(schema::read).transpose()?,
    })
}

fn self_managed(wire: ModifySelfManagedConfiguration) -> Result<SelfManagedChanges> {
    let invocation = wire.invocation_configuration.unwrap_or_default();
    Ok(SelfManagedChanges {
        triggers: wire.trigger_conditions.map(triggers).transpose()?,
        topic_arn: invocation.topic_arn,
        bucket: invocation.payload_delivery_bucket_name,
        history_messages: wire.historical_context_window_size.map(keys::count),
    })
}

pub(super) fn triggers(wire: Vec<TriggerConditionInput>) -> Result<Vec<Trigger>> {
    wire.into_iter().map(trigger).collect()
}

fn trigger(wire: TriggerConditionInput) -> Result<Trigger> {
    let trigger = match wire {
        TriggerConditionInput::MessageBasedTrigger(wire) => {
            wire.message_count.map(|count| Trigger::Messages(keys::count(count)))
        }
        TriggerConditionInput::TokenBasedTrigger(wire) => {
            wire.token_count.map(|count| Trigger::Tokens(keys::count(count)))
        }
        TriggerConditionInput::TimeBasedTrigger(wire) => {
            wire.idle_session_timeout.map(|seconds| Trigger::IdleSeconds(keys::count(seconds)))
        }
    };
    trigger.ok_or_else(|| Fault::field("triggerConditions", "say at which count or time it fires"))
}
