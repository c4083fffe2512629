//! Bodies of each format, and what becomes of them.

use serde_json::json;

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
