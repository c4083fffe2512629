//! What the vectors are: PyTorch's, whatever else is in the batch.

use std::sync::Arc;

use inference::{Embedder as _, Purpose};
use inference_local::{LocalEmbedder, Options};
use serde_json::json;

use crate::forge;

const CLOSE: f32 = 2e-5;
/// Texts and what `transformers.BertModel` makes of their tokens with the forged weights, by mean and by first token.
const KNOWN: [(&str, [f32; 8], [f32; 8]); 4] = [
    (
        "The cats sat on the mat",
        [-0.525049, 0.252334, 0.177485, -0.452303, 0.513237, -0.246182, -0.165895, 0.270246],
        [-0.487988, 0.319516, 0.22571, -0.642685, 0.315927, -0.119196, -0.085242, 0.272955],
    ),
    (
        "",
        [-0.307997, 0.121203, 0.316238, -0.791223, 0.309408, 0.186057, -0.119632, 0.140516],
        [-0.249224, 0.177155, 0.239976, -0.812723, 0.338674, 0.135257, -0.125154, 0.199346],
    ),
    (
        "  CAT ",
        [-0.540564, 0.25726, 0.200077, -0.510441, 0.477102, -0.182599, -0.140332, 0.245694],
        [-0.381511, 0.317714, 0.22432, -0.753919, 0.260071, -0.005876, -0.070669, 0.249254],
    ),
    // Ten tokens are read, two of which frame the text.
    (
        "cat cat cat cat cat cat cat cat cat cat cat",
        [-0.539761, 0.241437, 0.167485, -0.387291, 0.532426, -0.300823, -0.166806, 0.265565],
        [-0.512577, 0.321194, 0.225967, -0.607471, 0.320515, -0.159748, -0.085364, 0.280143],
    ),
];

fn assert_close(found: &[f32], wanted: &[f32]) {
    let worst = found.iter().zip(wanted).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
    assert!(found.len() == wanted.len() && worst < CLOSE, "{found:?} instead of {wanted:?}");
}

fn texts() -> Vec<String> {
    KNOWN.iter().map(|(text, ..)| (*text).to_owned()).collect()
}

#[tokio::test]
async fn they_are_those_of_pytorch() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let mean = LocalEmbedder::load(home.path()).unwrap();
    let found = mean.embed(&texts(), Purpose::Document).await.unwrap();
    for (found, (_, wanted, _)) in found.iter().zip(&KNOWN) {
        assert_close(&found.vector, wanted);
        assert_eq!((found.embedder.dimension, &found.embedder), (8, mean.id()));
    }
    forge::put(home.path(), "1_Pooling/config.json", &json!({"pooling_mode_cls_token": true}));
    let first = LocalEmbedder::load(home.path()).unwrap();
    let found = first.embed(&texts(), Purpose::Query).await.unwrap();
    for (found, (.., wanted)) in found.iter().zip(&KNOWN) {
        assert_close(&found.vector, wanted);
    }
    assert_ne!(first.id(), mean.id());
}

#[tokio::test]
async fn half_the_bits_give_nearly_the_same() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let whole = LocalEmbedder::load(home.path()).unwrap();
    let encodings: [(&str, forge::Encode); 2] = [
        ("F16", |number| half::f16::from_f32(number).to_le_bytes().to_vec()),
        ("BF16", |number| half::bf16::from_f32(number).to_le_bytes().to_vec()),
    ];
    for (dtype, encode) in encodings {
        let file = forge::typed(&forge::tensors(), dtype, encode);
        std::fs::write(home.path().join("model.safetensors"), file).unwrap();
        let halved = LocalEmbedder::load(home.path()).unwrap();
        let found = halved.embed(&texts()[..1], Purpose::Document).await.unwrap();
        // The forged numbers have few bits: half of them say the same.
        assert_close(&found[0].vector, &KNOWN[0].1);
        assert_ne!(halved.id(), whole.id());
        let other = whole.embed(&texts()[..1], Purpose::Document).await.unwrap();
        assert!(found[0].similarity(&other[0]).is_err(), "vectors of different weights were compared");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn company_does_not_matter() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let embedder = Arc::new(LocalEmbedder::load_with(home.path(), Options { threads: Some(2) }).unwrap());
    let callers = (0..20).map(|caller| {
        let embedder = Arc::clone(&embedder);
        tokio::spawn(async move {
            let mut texts: Vec<String> = (0..100).map(|n| "the mat on ".repeat(n * caller % 4)).collect();
            texts.extend(self::texts());
            embedder.embed(&texts, Purpose::Document).await.unwrap().split_off(100)
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        for (found, (_, wanted, _)) in caller.await.unwrap().iter().zip(&KNOWN) {
            assert_close(&found.vector, wanted);
        }
    }
}

#[tokio::test]
async fn a_text_of_many_megabytes_is_its_beginning() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let embedder = LocalEmbedder::load(home.path()).unwrap();
    let long = ["cat ".repeat(2 << 20), format!("{}cat", " ".repeat(1 << 20)), "x".repeat(1 << 20)];
    let found = embedder.embed(&long, Purpose::Document).await.unwrap();
    assert_close(&found[0].vector, &KNOWN[3].1);
    assert_close(&found[1].vector, &KNOWN[2].1);
}

#[tokio::test]
async fn a_prompt_stands_in_front_of_what_it_is_for() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let prompts = json!({"prompts": {"query": "the cats sat ", "document": ""}, "default_prompt_name": null});
    forge::put(home.path(), "config_sentence_transformers.json", &prompts);
    let embedder = LocalEmbedder::load(home.path()).unwrap();
    let query = embedder.embed(&["on the mat".to_owned()], Purpose::Query).await.unwrap();
    assert_close(&query[0].vector, &KNOWN[0].1);
    let document = embedder.embed(&["cat".to_owned()], Purpose::Document).await.unwrap();
    assert_close(&document[0].vector, &KNOWN[2].1);
}

#[tokio::test]
async fn nobody_waits_for_what_was_given_up() {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    let embedder = LocalEmbedder::load_with(home.path(), Options { threads: Some(1) }).unwrap();
    // More than the queue has room for, given up at once, over and over: room that did not come back would end this.
    let large = vec!["mat ".repeat(4 << 20); 8];
    for _ in 0..5 {
        let embedding = embedder.embed(&large, Purpose::Document);
        tokio::select! { biased; _ = embedding => {}, () = std::future::ready(()) => {} }
    }
    let found = embedder.embed(&texts()[..1], Purpose::Document).await.unwrap();
    assert_close(&found[0].vector, &KNOWN[0].1);
}
