//! Strategies that are asked for, from the wire to the service.

use control_api::memories::{
    CustomConfigurationInput, CustomMemoryStrategyInput, EpisodicMemoryStrategyInput,
    EpisodicOverrideConfigurationInput, EpisodicReflectionConfigurationInput, MemoryRecordSchema,
    MemoryStrategyInput, RecordExpirySpecification, SelfManagedConfigurationInput,
};
use fault::{Fault, Result};
use ids::StrategyName;
use memory::memories::{NewStrategy, RecordExpiry, default_reflections};
use memory::model::{Override, Reflection, SelfManaged, Steps, StrategyKind};
use memory::namespaces::Template;
use restjson::Sensitive;

use super::{keys, schema, steps};
use crate::token::bad;

/// What the changed steps of every kind look like.
macro_rules! changed {
    ($step:expr) => {
        $step.map(|step| Override {
            append_to_prompt: step.append_to_prompt.into_inner(),
            model: step.model_id,
        })
    };
}
pub(super) use changed;

/// What every strategy has.
struct Common {
    name: String,
    description: Option<Sensitive<String>>,
    namespace: Option<Template>,
    schema: Option<MemoryRecordSchema>,
    expiry: Option<RecordExpirySpecification>,
}

macro_rules! common {
    ($input:expr) => {
        Common {
            namespace: template($input.namespace_templates, $input.namespaces)?,
            name: $input.name,
            description: $input.description,
            schema: $input.memory_record_schema,
            expiry: $input.record_expiry_specification,
        }
    };
}

pub(super) fn new(input: MemoryStrategyInput) -> Result<NewStrategy> {
    match input {
        MemoryStrategyInput::SemanticMemoryStrategy(input) => {
            common!(input).strategy(StrategyKind::Semantic(Steps::default()), false)
        }
        MemoryStrategyInput::SummaryMemoryStrategy(input) => {
            common!(input).strategy(StrategyKind::Summary(Steps::default()), false)
        }
        MemoryStrategyInput::UserPreferenceMemoryStrategy(input) => {
            common!(input).strategy(StrategyKind::UserPreference(Steps::default()), false)
        }
        MemoryStrategyInput::EpisodicMemoryStrategy(input) => episodic(input),
        MemoryStrategyInput::CustomMemoryStrategy(input) => custom(input),
    }
}

impl Common {
    fn strategy(self, kind: StrategyKind, custom: bool) -> Result<NewStrategy> {
        Ok(NewStrategy {
            name: StrategyName::parse(&self.name).map_err(bad("memoryStrategies.name"))?,
            description: self.description.map(Sensitive::into_inner),
            kind,
            custom,
            namespace: self.namespace,
            schema: self.schema.map(schema::read).transpose()?.unwrap_or_default(),
            record_expiry_days: match self.expiry.as_ref().map(keys::expiry) {
                Some(RecordExpiry::Days(days)) => Some(days),
                Some(RecordExpiry::Remove) | None => None,
            },
        })
    }
}

/// The template of a list that has one, under its name of now or its former one.
pub(super) fn template(now: Option<Vec<String>>, former: Option<Vec<String>>) -> Result<Option<Template>> {
    let text = match (now, former) {
        (Some(now), Some(former)) if now != former => {
            let message = "namespaces is a former name of namespaceTemplates: give one of them";
            return Err(Fault::field("namespaces", message));
        }
        (now, former) => now.or(former).and_then(|list| list.into_iter().next()),
    };
    let parse = |text: String| Template::parse(&text);
    text.map(parse).transpose().map_err(|error| Fault::field("namespaceTemplates[0]", error.to_string()))
}

fn episodic(input: EpisodicMemoryStrategyInput) -> Result<NewStrategy> {
    let reflection = input.reflection_configuration;
    let common = common!(input);
    let EpisodicReflectionConfigurationInput { namespaces, namespace_templates, memory_record_schema } =
        reflection.unwrap_or_default();
    let namespace = template(namespace_templates, namespaces)?;
    let reflection = reflections(&common, None, namespace, memory_record_schema)?;
    common.strategy(StrategyKind::Episodic { steps: Steps::default(), reflection }, false)
}

fn reflections(
    episodes: &Common,
    changed: Option<Override>,
    namespace: Option<Template>,
    schema: Option<MemoryRecordSchema>,
) -> Result<Reflection> {
    Ok(Reflection {
        changed,
        namespace: namespace.unwrap_or_else(|| default_reflections(episodes.namespace.as_ref())),
        schema: schema.map(schema::read).transpose()?.unwrap_or_default(),
    })
}

fn custom(input: CustomMemoryStrategyInput) -> Result<NewStrategy> {
    let configuration = input.configuration;
    let common = common!(input);
    let steps = |extraction, consolidation| Steps { extraction, consolidation };
    let kind = match configuration {
        Some(CustomConfigurationInput::SemanticOverride(input)) => {
            StrategyKind::Semantic(steps(changed!(input.extraction), changed!(input.consolidation)))
        }
        Some(CustomConfigurationInput::SummaryOverride(input)) => {
            StrategyKind::Summary(steps(None, changed!(input.consolidation)))
        }
        Some(CustomConfigurationInput::UserPreferenceOverride(input)) => {
            StrategyKind::UserPreference(steps(changed!(input.extraction), changed!(input.consolidation)))
        }
        Some(CustomConfigurationInput::EpisodicOverride(input)) => custom_episodic(&common, input)?,
        Some(CustomConfigurationInput::SelfManagedConfiguration(input)) => {
            StrategyKind::SelfManaged(self_managed(input)?)
        }
        None => {
            return Err(Fault::field(
                "memoryStrategies.customMemoryStrategy.configuration",
                "say what is custom about it",
            ));
        }
    };
    common.strategy(kind, true)
}

fn custom_episodic(common: &Common, input: EpisodicOverrideConfigurationInput) -> Result<StrategyKind> {
    let steps =
        Steps { extraction: changed!(input.extraction), consolidation: changed!(input.consolidation) };
    let reflection = match input.reflection {
        Some(wire) => {
            let namespace = template(wire.namespace_templates, wire.namespaces)?;
            let changed =
                Override { append_to_prompt: wire.append_to_prompt.into_inner(), model: wire.model_id };
            reflections(common, Some(changed), namespace, wire.memory_record_schema)?
        }
        None => reflections(common, None, None, None)?,
    };
    Ok(StrategyKind::Episodic { steps, reflection })
}

fn self_managed(input: SelfManagedConfigurationInput) -> Result<SelfManaged> {
    let triggers = input.trigger_conditions.map(steps::triggers).transpose()?;
    let history = input.historical_context_window_size;
    Ok(SelfManaged {
        triggers: triggers
            .filter(|triggers| !triggers.is_empty())
            .unwrap_or_else(SelfManaged::usual_triggers),
        topic_arn: input.invocation_configuration.topic_arn,
        bucket: input.invocation_configuration.payload_delivery_bucket_name,
        history_messages: history.map_or(SelfManaged::USUAL_HISTORY, keys::count),
    })
}
