use std::sync::Arc;

use inference::{EmbedderId, Embedding, Purpose};
use serde_json::{Value, json};

use super::Embed;

fn vectors(count: usize) -> Vec<Embedding> {
    let embedder = Arc::new(EmbedderId { model: "e".to_owned(), dimension: 2 });
    let embedding = Embedding { embedder, vector: vec![0.6, -0.8] };
    vec![embedding; count]
}

fn answered(body: &str, count: usize) -> Value {
    let bytes = Embed::parse(body.as_bytes()).unwrap().document(&vectors(count)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn vectors_are_written_as_they_are_wanted() {
    let floats = answered(r#"{"model":"e","input":"a few words","dimensions":2}"#, 1);
    let numbers: Vec<f32> = serde_json::from_value(floats["data"][0]["embedding"].clone()).unwrap();
    assert_eq!(numbers, [0.6, -0.8]);
    assert_eq!(floats["usage"], json!({ "prompt_tokens": 3, "total_tokens": 3 }));
    let text = answered(r#"{"model":"e","input":["a","b"],"encoding_format":"base64"}"#, 2);
    // 0.6 is 3f19999a, -0.8 is bf4ccccd, each with its lowest byte first.
    assert_eq!(text["data"][1]["embedding"], "mpkZP83MTL8=");
    assert_eq!(text["data"][1]["index"], 1);
}

#[test]
fn a_query_says_so() {
    let purpose = |body: &str| Embed::parse(body.as_bytes()).unwrap().purpose;
    assert_eq!(purpose(r#"{"model":"e","input":"a"}"#), Purpose::Document);
    assert_eq!(purpose(r#"{"model":"e","input":"a","input_type":"query"}"#), Purpose::Query);
    assert_eq!(purpose(r#"{"model":"e","input":"a","input_type":"passage"}"#), Purpose::Document);
}

#[test]
fn what_cannot_be_embedded_is_told() {
    for (body, why) in [
        (r#"{"model":"e","input":[]}"#, "1 to 2048 texts"),
        (r#"{"model":"e","input":["a",""]}"#, "input[1]: must not be empty"),
        (r#"{"model":"e","input":[1,2]}"#, "lists of tokens"),
        (r#"{"model":"e","input":"a","encoding_format":"int8"}"#, "encoding_format"),
        (r#"{"input":"a"}"#, "`model`"),
    ] {
        let refusal = Embed::parse(body.as_bytes()).unwrap_err();
        assert!(refusal.message().contains(why), "{body}: {}", refusal.message());
    }
    let short = Embed::parse(br#"{"model":"e","input":"a","dimensions":1}"#).unwrap();
    let refusal = short.document(&vectors(1)).unwrap_err();
    assert!(refusal.message().starts_with("dimensions: the vectors of e have 2"), "{}", refusal.message());
}
