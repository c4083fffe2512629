//! What a strategy tells of its records as metadata, between the wire and the service.

use control_api::memories::{
    ExtractionConfig, ExtractionType, LlmExtractionConfig, MemoryRecordSchema, MetadataSchemaEntry,
    NumberValidation, StringListValidation, StringValidation, Validation,
};
use fault::{Fault, Result};
use memory::model::{SchemaEntry, SchemaExtraction, SchemaRule};
use restjson::Sensitive;

use super::keys;

pub(super) fn read(schema: MemoryRecordSchema) -> Result<Vec<SchemaEntry>> {
    schema.metadata_schema.unwrap_or_default().into_iter().map(entry).collect()
}

fn entry(wire: MetadataSchemaEntry) -> Result<SchemaEntry> {
    let config = wire.extraction_config.map(|ExtractionConfig::LlmExtractionConfig(config)| config);
    let extraction = match (wire.extraction_type, config) {
        (Some(ExtractionType::StrictlyConsistent), Some(_)) => {
            return Err(Fault::field(
                format!("memoryRecordSchema.metadataSchema[{}].extractionConfig", wire.key),
                "a STRICTLY_CONSISTENT key has none: its value is the event's",
            ));
        }
        (Some(ExtractionType::StrictlyConsistent), None) => SchemaExtraction::StrictlyConsistent,
        (Some(ExtractionType::LlmInferred) | None, config) => inferred(config),
    };
    Ok(SchemaEntry { key: wire.key, kind: wire.r#type.map(keys::kind), extraction })
}

fn inferred(config: Option<LlmExtractionConfig>) -> SchemaExtraction {
    let Some(config) = config else {
        return SchemaExtraction::Inferred { definition: None, instruction: None, rule: None };
    };
    SchemaExtraction::Inferred {
        definition: Some(config.definition.into_inner()),
        instruction: config.llm_extraction_instruction.map(Sensitive::into_inner),
        rule: config.validation.map(rule),
    }
}

fn rule(validation: Validation) -> SchemaRule {
    match validation {
        Validation::StringValidation(text) => SchemaRule::Text { allowed: text.allowed_values },
        Validation::StringListValidation(texts) => SchemaRule::Texts {
            allowed: texts.allowed_values.unwrap_or_default(),
            at_most: texts.max_items.and_then(|most| u32::try_from(most).ok()),
        },
        Validation::NumberValidation(number) => {
            SchemaRule::Number { min: number.min_value, max: number.max_value }
        }
    }
}

pub(super) fn shown(schema: Vec<SchemaEntry>) -> Option<MemoryRecordSchema> {
    let entries: Vec<MetadataSchemaEntry> = schema.into_iter().map(shown_entry).collect();
    (!entries.is_empty()).then_some(MemoryRecordSchema { metadata_schema: Some(entries) })
}

fn shown_entry(entry: SchemaEntry) -> MetadataSchemaEntry {
    let (extraction_type, config) = match entry.extraction {
        SchemaExtraction::StrictlyConsistent => (ExtractionType::StrictlyConsistent, None),
        SchemaExtraction::Inferred { definition, instruction, rule } => {
            let config = definition.map(|definition| LlmExtractionConfig {
                definition: definition.into(),
                llm_extraction_instruction: instruction.map(Sensitive::new),
                validation: rule.map(shown_rule),
            });
            (ExtractionType::LlmInferred, config)
        }
    };
    MetadataSchemaEntry {
        key: entry.key,
        r#type: entry.kind.map(keys::shown_kind),
        extraction_type: Some(extraction_type),
        extraction_config: config.map(ExtractionConfig::LlmExtractionConfig),
    }
}

fn shown_rule(rule: SchemaRule) -> Validation {
    match rule {
        SchemaRule::Text { allowed } => {
            Validation::StringValidation(StringValidation { allowed_values: allowed })
        }
        SchemaRule::Texts { allowed, at_most } => Validation::StringListValidation(StringListValidation {
            allowed_values: (!allowed.is_empty()).then_some(allowed),
            max_items: at_most.and_then(|most| i32::try_from(most).ok()),
        }),
        SchemaRule::Number { min, max } => {
            Validation::NumberValidation(NumberValidation { min_value: min, max_value: max })
        }
    }
}
