//! Memories and their strategies, from the service to the wire.

use control_api::memories::{
    self as wire, ConsolidationConfiguration, CustomConsolidationConfiguration,
    CustomExtractionConfiguration, CustomReflectionConfiguration, EpisodicConsolidationOverride,
    EpisodicExtractionOverride, EpisodicReflectionConfiguration, EpisodicReflectionOverride,
    ExtractionConfiguration, InvocationConfiguration, MemoryStrategy, MemoryStrategyStatus,
    MemoryStrategyType, MemorySummary, MessageBasedTrigger, OverrideType, ReflectionConfiguration,
    SelfManagedConfiguration, SemanticConsolidationOverride, SemanticExtractionOverride,
    StrategyConfiguration, SummaryConsolidationOverride, TimeBasedTrigger, TokenBasedTrigger,
    TriggerCondition, UserPreferenceConsolidationOverride, UserPreferenceExtractionOverride,
};
use ids::MemoryArn;
use memory::model::{
    Definition, MemoryStatus, Reflection, SelfManaged, Steps, Strategy, StrategyKind, StrategyStatus, Trigger,
};
use restjson::Sensitive;

use super::{keys, schema};

pub(super) fn memory(memory: Definition, arn: &MemoryArn) -> wire::Memory {
    wire::Memory {
        arn: arn.to_string(),
        id: memory.id.to_string(),
        name: memory.name.to_string(),
        description: memory.description.map(Sensitive::new),
        encryption_key_arn: memory.encryption_key_arn,
        memory_execution_role_arn: memory.execution_role_arn,
        event_expiry_duration: number(memory.event_expiry_days),
        status: status(memory.status),
        failure_reason: memory.failure,
        created_at: memory.created_at,
        updated_at: memory.updated_at,
        strategies: Some(memory.strategies.into_iter().map(strategy).collect()),
        indexed_keys: some(keys::shown_indexed(memory.indexed_keys)),
        namespace_keys: some(keys::shown_of_namespaces(memory.namespace_keys)),
        stream_delivery_resources: memory.stream.map(keys::shown_stream),
        managed_by_resource_arn: memory.managed_by,
    }
}

pub(super) fn summary(memory: Definition, arn: &MemoryArn) -> MemorySummary {
    MemorySummary {
        arn: Some(arn.to_string()),
        id: Some(memory.id.to_string()),
        status: Some(status(memory.status)),
        created_at: memory.created_at,
        updated_at: memory.updated_at,
        managed_by_resource_arn: memory.managed_by,
    }
}

fn status(status: MemoryStatus) -> wire::MemoryStatus {
    match status {
        MemoryStatus::Creating => wire::MemoryStatus::Creating,
        MemoryStatus::Active => wire::MemoryStatus::Active,
        MemoryStatus::Failed => wire::MemoryStatus::Failed,
        MemoryStatus::Deleting => wire::MemoryStatus::Deleting,
        MemoryStatus::Updating => wire::MemoryStatus::Updating,
    }
}

fn strategy(strategy: Strategy) -> MemoryStrategy {
    let template = vec![strategy.namespace.as_str().to_owned()];
    let r#type = kind(&strategy);
    MemoryStrategy {
        strategy_id: strategy.id.to_string(),
        name: strategy.name.to_string(),
        description: strategy.description.map(Sensitive::new),
        configuration: configuration(strategy.kind, strategy.custom),
        r#type,
        namespaces: template.clone(),
        namespace_templates: template,
        created_at: Some(strategy.created_at),
        updated_at: Some(strategy.updated_at),
        status: Some(match strategy.status {
            StrategyStatus::Creating => MemoryStrategyStatus::Creating,
            StrategyStatus::Active => MemoryStrategyStatus::Active,
            StrategyStatus::Deleting => MemoryStrategyStatus::Deleting,
            StrategyStatus::Failed => MemoryStrategyStatus::Failed,
        }),
        memory_record_schema: schema::shown(strategy.schema),
        record_expiry_duration_days: strategy.record_expiry_days.map(number),
    }
}

fn kind(strategy: &Strategy) -> MemoryStrategyType {
    match &strategy.kind {
        _ if strategy.custom => MemoryStrategyType::Custom,
        StrategyKind::Semantic(_) => MemoryStrategyType::Semantic,
        StrategyKind::Summary(_) => MemoryStrategyType::Summarization,
        StrategyKind::UserPreference(_) => MemoryStrategyType::UserPreference,
        StrategyKind::Episodic { .. } => MemoryStrategyType::Episodic,
        StrategyKind::SelfManaged(_) => MemoryStrategyType::Custom,
    }
}

/// A changed step under the name that it has for one kind of strategy.
macro_rules! shown_step {
    ($step:expr, $wire:ident) => {
        $step.map(|step| $wire { append_to_prompt: step.append_to_prompt.into(), model_id: step.model })
    };
}

/// The two changed steps that three kinds of strategies have, each under names of its own.
macro_rules! show {
    ($told:ident, $steps:ident, $extraction:ident, $consolidation:ident) => {
        let step = shown_step!($steps.extraction, $extraction);
        let step = step.map(CustomExtractionConfiguration::$extraction);
        $told.extraction = step.map(ExtractionConfiguration::CustomExtractionConfiguration);
        let step = shown_step!($steps.consolidation, $consolidation);
        let step = step.map(CustomConsolidationConfiguration::$consolidation);
        $told.consolidation = step.map(ConsolidationConfiguration::CustomConsolidationConfiguration);
    };
}

/// What is told of a strategy's steps: of a custom one what its owner changed, of episodes where reflections are.
fn configuration(kind: StrategyKind, custom: bool) -> Option<StrategyConfiguration> {
    let mut told = StrategyConfiguration::default();
    let r#type = match kind {
        StrategyKind::Semantic(steps) => {
            show!(told, steps, SemanticExtractionOverride, SemanticConsolidationOverride);
            OverrideType::SemanticOverride
        }
        StrategyKind::Summary(Steps { consolidation, .. }) => {
            let step = shown_step!(consolidation, SummaryConsolidationOverride);
            let step = step.map(CustomConsolidationConfiguration::SummaryConsolidationOverride);
            told.consolidation = step.map(ConsolidationConfiguration::CustomConsolidationConfiguration);
            OverrideType::SummaryOverride
        }
        StrategyKind::UserPreference(steps) => {
            show!(told, steps, UserPreferenceExtractionOverride, UserPreferenceConsolidationOverride);
            OverrideType::UserPreferenceOverride
        }
        StrategyKind::Episodic { steps, reflection } => {
            show!(told, steps, EpisodicExtractionOverride, EpisodicConsolidationOverride);
            told.reflection = Some(self::reflection(reflection));
            OverrideType::EpisodicOverride
        }
        StrategyKind::SelfManaged(managed) => {
            told.self_managed_configuration = Some(self_managed(managed));
            OverrideType::SelfManaged
        }
    };
    told.r#type = custom.then_some(r#type);
    (told != StrategyConfiguration::default()).then_some(told)
}

fn reflection(reflection: Reflection) -> ReflectionConfiguration {
    let namespaces = Some(vec![reflection.namespace.as_str().to_owned()]);
    let namespace_templates = namespaces.clone();
    let memory_record_schema = schema::shown(reflection.schema);
    match reflection.changed {
        Some(changed) => ReflectionConfiguration::CustomReflectionConfiguration(
            CustomReflectionConfiguration::EpisodicReflectionOverride(EpisodicReflectionOverride {
                append_to_prompt: changed.append_to_prompt.into(),
                model_id: changed.model,
                namespaces,
                namespace_templates,
                memory_record_schema,
            }),
        ),
        None => ReflectionConfiguration::EpisodicReflectionConfiguration(EpisodicReflectionConfiguration {
            namespaces,
            namespace_templates,
            memory_record_schema,
        }),
    }
}

fn self_managed(managed: SelfManaged) -> SelfManagedConfiguration {
    let trigger = |trigger| match trigger {
        Trigger::Messages(count) => {
            TriggerCondition::MessageBasedTrigger(MessageBasedTrigger { message_count: Some(number(count)) })
        }
        Trigger::Tokens(count) => {
            TriggerCondition::TokenBasedTrigger(TokenBasedTrigger { token_count: Some(number(count)) })
        }
        Trigger::IdleSeconds(count) => {
            TriggerCondition::TimeBasedTrigger(TimeBasedTrigger { idle_session_timeout: Some(number(count)) })
        }
    };
    SelfManagedConfiguration {
        trigger_conditions: managed.triggers.into_iter().map(trigger).collect(),
        invocation_configuration: InvocationConfiguration {
            topic_arn: managed.topic_arn,
            payload_delivery_bucket_name: managed.bucket,
        },
        historical_context_window_size: number(managed.history_messages),
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
