//! Embedders whose server gets something wrong.

use std::sync::Arc;

use inference::{Embedder as _, Embedding, ErrorKind, ModelError, Purpose};
use inference_http::{Http, OpenAiEmbedder};
use serde_json::{Value, json};
use stdx::SeededRng;

use super::adapters::unlimited;
use super::clocks::Hasty;
use super::server::{Reply, Server, whole};

fn answer(body: &Value) -> Reply {
    whole("200 OK", "content-type: application/json\r\n", body.to_string())
}

fn vectors(vectors: &[(usize, Value)]) -> Reply {
    let data = vectors.iter().map(|(index, vector)| json!({"index": index, "embedding": vector}));
    answer(&json!({"object": "list", "data": data.collect::<Value>()}))
}

fn embedder(server: &Server) -> OpenAiEmbedder {
    let http =
        Http::new(unlimited(&server.url()), Arc::new(Hasty::default()), Arc::new(SeededRng::new(7))).unwrap();
    OpenAiEmbedder::new(http, None, "embed-1".to_owned()).with_batches_of(2)
}

async fn embed(embedder: &OpenAiEmbedder, texts: &[&str]) -> Result<Vec<Embedding>, ModelError> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    embedder.embed(&texts, Purpose::Document).await
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts_at_length_one() {
    let server = Server::start(vec![vectors(&[(1, json!([0.0, 2.0])), (0, json!("AABAQAAAgEA="))])]).await;
    let embeddings = embed(&embedder(&server), &["a", "b"]).await.unwrap();
    let found: Vec<&[f32]> = embeddings.iter().map(|embedding| embedding.vector.as_slice()).collect();
    assert_eq!(found, [[0.6, 0.8], [0.0, 1.0]]);
    assert_eq!(embeddings[0].embedder.to_string(), "embed-1 (2 dimensions)");
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /embeddings ") && !head.contains("authorization"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body, json!({"model": "embed-1", "input": ["a", "b"], "encoding_format": "base64"}));
}

#[tokio::test]
async fn many_texts_go_in_batches() {
    let two = vectors(&[(0, json!([1.0])), (1, json!([-1.0]))]);
    let server = Server::start(vec![two]).await;
    let embeddings = embed(&embedder(&server), &["a", "b", "c", "d"]).await.unwrap();
    let found: Vec<f32> = embeddings.iter().map(|embedding| embedding.vector[0]).collect();
    assert_eq!(found, [1.0, -1.0, 1.0, -1.0]);
    let mut requests: Vec<bool> =
        server.requests().iter().map(|request| request.contains(r#"["a","b"]"#)).collect();
    requests.sort_unstable();
    assert_eq!(requests, [false, true]);
    assert!(embed(&embedder(&server), &[]).await.unwrap().is_empty());
    assert_eq!(server.requests().len(), 2, "no texts, no request");
}

#[tokio::test]
async fn answers_that_do_not_fit_are_refused() {
    let one = json!([1.0, 0.0]);
    for (reply, message) in [
        (vectors(&[(0, one.clone())]), "fewer vectors"),
        (vectors(&[(0, one.clone()), (0, one.clone())]), "not sent"),
        (vectors(&[(0, one.clone()), (2, one.clone())]), "not sent"),
        (vectors(&[(0, one.clone()), (1, json!([1.0]))]), "a vector of 1 dimensions where 2 are expected"),
        (vectors(&[(0, one.clone()), (1, json!([0, 0]))]), "without a direction"),
        (vectors(&[(0, one.clone()), (1, json!("AAA="))]), "within a number"),
        (answer(&json!({"data": 7})), "not the JSON"),
        (whole("200 OK", "content-type: text/html\r\n", "<html>"), "text/html"),
    ] {
        let server = Server::start(vec![reply]).await;
        let error = embed(&embedder(&server), &["a", "b"]).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Malformed, "{error}");
        assert!(error.message().contains(message), "{error}");
    }
}

#[tokio::test]
async fn the_dimension_stays_what_it_was() {
    let server =
        Server::start(vec![vectors(&[(0, json!([1.0, 0.0]))]), vectors(&[(0, json!([1.0, 0.0, 0.0]))])])
            .await;
    let embedder = embedder(&server);
    embed(&embedder, &["a"]).await.unwrap();
    let error = embed(&embedder, &["a"]).await.unwrap_err();
    assert!(error.message().contains("3 dimensions where 2"), "{error}");
}
