//! Bodies of each format, and what becomes of them.

use std::sync::Arc;

use inference::EmbedderId;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

#[test]
fn ids_tell_the_format() {
    for (id, family) in [
        ("anthropic.claude-3-haiku-20240307-v1:0", Family::Anthropic),
        ("global.anthropic.claude-sonnet-4-6", Family::Anthropic),
        ("us.amazon.nova-lite-v1:0", Family::Nova),
        ("amazon.titan-embed-text-v2:0", Family::TitanEmbed),
        ("amazon.titan-text-express-v1", Family::Titan),
        ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0", Family::Llama),
        ("mistral.mistral-7b-instruct-v0:2", Family::Mistral),
        ("cohere.command-r-plus-v1:0", Family::Cohere),
        ("cohere.embed-english-v3", Family::CohereEmbed),
        ("openai.gpt-oss-120b-1:0", Family::OpenAi),
    ] {
        assert_eq!(Family::of(id, &json!({})).unwrap(), family, "{id}");
    }
}

#[test]
fn what_only_one_format_has_tells_it_and_else_the_caller_is_told() {
    let body = json!({ "anthropic_version": "bedrock-2023-05-31" });
    assert_eq!(Family::of("default", &body).unwrap(), Family::Anthropic);
    let fault = Family::of("default", &json!({ "messages": [] })).unwrap_err();
    assert!(fault.message().contains("or use Converse"), "{}", fault.message());
}

fn written(family: Family, body: Value) -> Result<Value> {
    let about = About { model: "m", id: "i", created: 0 };
    let Wanted::Vectors(model, vectors) = family.read(body, &about)? else { panic!("vectors are wanted") };
    assert_eq!(model, "m");
    let embedder = Arc::new(EmbedderId { model: "e".to_owned(), dimension: 2 });
    let embedding = |_| Embedding { embedder: Arc::clone(&embedder), vector: vec![0.6, 0.8] };
    (vectors.write)(vectors.texts.iter().map(embedding).collect())
}

#[test]
fn vectors_are_written_as_their_makers_write_them() {
    let titan = written(Family::TitanEmbed, json!({ "inputText": "a", "dimensions": 2 })).unwrap();
    assert_eq!(titan["embedding"].as_array().unwrap().len(), 2);
    let fault = written(Family::TitanEmbed, json!({ "inputText": "a", "dimensions": 256 })).unwrap_err();
    assert_eq!(fault.message(), "body.dimensions: can only be 2 with this embedder");
    let body = json!({ "texts": ["a", "b"], "input_type": "search_query", "embedding_types": ["float"] });
    let cohere = written(Family::CohereEmbed, body).unwrap();
    assert_eq!(cohere["response_type"], "embeddings_by_type");
    assert_eq!(cohere["embeddings"]["float"].as_array().unwrap().len(), 2);
    let fault =
        written(Family::CohereEmbed, json!({ "texts": ["a"], "embedding_types": ["int8"] })).unwrap_err();
    assert!(fault.message().starts_with("body.embedding_types"), "{}", fault.message());
}

const ALL: [Family; 9] = [
    Family::Anthropic,
    Family::Cohere,
    Family::CohereEmbed,
    Family::Llama,
    Family::Mistral,
    Family::Nova,
    Family::OpenAi,
    Family::Titan,
    Family::TitanEmbed,
];

/// Documents of the members that the formats have, with anything in them.
fn documents() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "messages",
        "role",
        "content",
        "text",
        "type",
        "system",
        "tools",
        "prompt",
        "message",
        "inputText",
        "texts",
        "tool_choice",
        "source",
        "data",
        "chat_history",
        "inferenceConfig",
        "topK",
        "thinking",
        "input",
        "name",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "user",
            "assistant",
            "text",
            "image",
            "base64",
            "[INST]",
            "<|start_header_id|>",
            ""
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_makes_a_format_panic(body in documents()) {
        let about = About { model: "m", id: "i", created: 0 };
        for family in ALL {
            if let Ok(Wanted::Answer(request, _)) = family.read(body.clone(), &about) {
                prop_assert_eq!(request.model.as_str(), "m");
            }
        }
    }
}
