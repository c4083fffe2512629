//! What was asked for is what is told.

use fault::Result;
use ids::StrategyId;
use memory::memories::NewStrategy;
use memory::namespaces::Template;
use restjson::{IntoDocument, Value, from_document};
use serde_json::json;
use stdx::{SeededRng, Timestamp};

use super::super::strategy as asked;
use super::*;

fn told(input: Value) -> Result<Value> {
    let new: NewStrategy = asked::new(from_document(input)?)?;
    let made = Strategy {
        id: StrategyId::generate(&new.name, &SeededRng::new(1)),
        name: new.name,
        description: new.description,
        kind: new.kind,
        custom: new.custom,
        namespace: new.namespace.unwrap_or_else(|| Template::parse("/usual").unwrap()),
        schema: new.schema,
        record_expiry_days: new.record_expiry_days,
        status: StrategyStatus::Active,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    };
    Ok(strategy(made).into_document())
}

#[test]
fn built_in_strategies() {
    for (member, kind) in [
        ("semanticMemoryStrategy", "SEMANTIC"),
        ("summaryMemoryStrategy", "SUMMARIZATION"),
        ("userPreferenceMemoryStrategy", "USER_PREFERENCE"),
    ] {
        let given = json!({
            "name": "one", "description": "what for", "namespaces": ["/a/{actorId}"],
            "recordExpirySpecification": { "recordExpiryDurationDays": 31 },
        });
        let told = told(json!({ member: given })).unwrap();
        assert_eq!(told["type"], kind);
        assert_eq!(told["namespaces"], json!(["/a/{actorId}"]));
        assert_eq!(told["namespaceTemplates"], json!(["/a/{actorId}"]));
        assert_eq!(told["recordExpiryDurationDays"], 31);
        assert_eq!(told.get("configuration"), None);
    }
}

#[test]
fn a_schema_comes_back_as_it_was_given() {
    let schema = json!({ "metadataSchema": [
        { "key": "team", "type": "STRING", "extractionType": "STRICTLY_CONSISTENT" },
        {
            "key": "priority", "type": "STRING", "extractionType": "LLM_INFERRED",
            "extractionConfig": { "llmExtractionConfig": {
                "llmExtractionInstruction": "LATEST_VALUE", "definition": "how urgent it is",
                "validation": { "stringValidation": { "allowedValues": ["high", "low"] } },
            } },
        },
        {
            "key": "tags", "type": "STRINGLIST", "extractionType": "LLM_INFERRED",
            "extractionConfig": { "llmExtractionConfig": {
                "definition": "what it is about",
                "validation": { "stringListValidation": { "maxItems": 3 } },
            } },
        },
        {
            "key": "weight", "type": "NUMBER", "extractionType": "LLM_INFERRED",
            "extractionConfig": { "llmExtractionConfig": {
                "definition": "how heavy it is",
                "validation": { "numberValidation": { "minValue": 1.0, "maxValue": 2.0 } },
            } },
        },
    ] });
    let given = json!({ "name": "one", "memoryRecordSchema": schema });
    let told = told(json!({ "semanticMemoryStrategy": given })).unwrap();
    assert_eq!(told["memoryRecordSchema"], schema);
}

#[test]
fn changed_steps_come_back_under_their_names() {
    let step = json!({ "appendToPrompt": "look for tea", "modelId": "default" });
    for (member, kind, extraction, consolidation) in [
        (
            "semanticOverride",
            "SEMANTIC_OVERRIDE",
            "semanticExtractionOverride",
            "semanticConsolidationOverride",
        ),
        (
            "userPreferenceOverride",
            "USER_PREFERENCE_OVERRIDE",
            "userPreferenceExtractionOverride",
            "userPreferenceConsolidationOverride",
        ),
        (
            "episodicOverride",
            "EPISODIC_OVERRIDE",
            "episodicExtractionOverride",
            "episodicConsolidationOverride",
        ),
    ] {
        let given = json!({ "name": "one", "configuration": { member: { "extraction": step, "consolidation": step } } });
        let told = told(json!({ "customMemoryStrategy": given })).unwrap();
        assert_eq!(told["type"], "CUSTOM");
        let told = &told["configuration"];
        assert_eq!(told["type"], kind);
        assert_eq!(told["extraction"]["customExtractionConfiguration"][extraction], step);
        assert_eq!(told["consolidation"]["customConsolidationConfiguration"][consolidation], step);
    }
    let given = json!({ "name": "one", "configuration": { "summaryOverride": { "consolidation": step } } });
    let told = told(json!({ "customMemoryStrategy": given })).unwrap();
    let told = &told["configuration"]["consolidation"]["customConsolidationConfiguration"];
    assert_eq!(told["summaryConsolidationOverride"], step);
}

#[test]
fn reflections_come_back_with_their_place() {
    let given = json!({
        "name": "one", "namespaceTemplates": ["/e/{actorId}/{sessionId}"],
        "reflectionConfiguration": { "namespaceTemplates": ["/e"] },
    });
    let built_in = told(json!({ "episodicMemoryStrategy": given })).unwrap();
    assert_eq!(built_in["type"], "EPISODIC");
    let place = &built_in["configuration"]["reflection"]["episodicReflectionConfiguration"];
    assert_eq!(place["namespaceTemplates"], json!(["/e"]));
    assert_eq!(built_in["configuration"].get("type"), None);
    let reflection =
        json!({ "appendToPrompt": "look for tea", "modelId": "default", "namespaceTemplates": ["/e"] });
    let given = json!({
        "name": "one", "namespaceTemplates": ["/e/{actorId}"],
        "configuration": { "episodicOverride": { "reflection": reflection } },
    });
    let custom = told(json!({ "customMemoryStrategy": given })).unwrap();
    let told = &custom["configuration"]["reflection"]["customReflectionConfiguration"];
    assert_eq!(told["episodicReflectionOverride"]["modelId"], "default");
    assert_eq!(told["episodicReflectionOverride"]["namespaces"], json!(["/e"]));
}

#[test]
fn what_its_owner_runs() {
    let triggers = json!([
        { "messageBasedTrigger": { "messageCount": 7 } },
        { "tokenBasedTrigger": { "tokenCount": 900 } },
        { "timeBasedTrigger": { "idleSessionTimeout": 60 } },
    ]);
    let invocation = json!({
        "topicArn": "arn:aws:sns:us-east-1:000000000000:topic", "payloadDeliveryBucketName": "bucket",
    });
    let with = |triggers: Value| {
        let mut managed = json!({ "invocationConfiguration": invocation, "historicalContextWindowSize": 9 });
        if !triggers.is_null() {
            managed["triggerConditions"] = triggers;
        }
        let given = json!({ "name": "one", "configuration": { "selfManagedConfiguration": managed } });
        told(json!({ "customMemoryStrategy": given })).unwrap()
    };
    let told = with(triggers.clone());
    assert_eq!(told["configuration"]["type"], "SELF_MANAGED");
    let told = &told["configuration"]["selfManagedConfiguration"];
    assert_eq!(told["triggerConditions"], triggers);
    assert_eq!(told["invocationConfiguration"], invocation);
    assert_eq!(told["historicalContextWindowSize"], 9);
    let usual = with(Value::Null);
    assert_eq!(
        usual["configuration"]["selfManagedConfiguration"]["triggerConditions"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn what_cannot_be_asked_for() {
    let refused = |input: Value| assert!(told(input.clone()).is_err(), "{input}");
    refused(json!({ "customMemoryStrategy": { "name": "one" } }));
    refused(
        json!({ "semanticMemoryStrategy": { "name": "one", "namespaces": ["/a"], "namespaceTemplates": ["/b"] } }),
    );
    let config = json!({ "llmExtractionConfig": { "definition": "x" } });
    let entry = json!({ "key": "k", "extractionType": "STRICTLY_CONSISTENT", "extractionConfig": config });
    let schema = json!({ "metadataSchema": [entry] });
    refused(json!({ "semanticMemoryStrategy": { "name": "one", "memoryRecordSchema": schema } }));
    let empty = json!([{ "messageBasedTrigger": {} }]);
    let invocation = json!({
        "topicArn": "arn:aws:sns:us-east-1:000000000000:topic", "payloadDeliveryBucketName": "bucket",
    });
    let managed = json!({ "invocationConfiguration": invocation, "triggerConditions": empty });
    let given = json!({ "name": "one", "configuration": { "selfManagedConfiguration": managed } });
    refused(json!({ "customMemoryStrategy": given }));
}
