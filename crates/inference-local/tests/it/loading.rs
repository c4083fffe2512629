//! Directories that are refused, each with what is wrong.

use std::fs;
use std::path::Path;

use inference_local::LocalEmbedder;
use serde_json::{Value, json};

use crate::forge;

/// What is said of a model after this was done to it.
pub(crate) fn refused(change: impl FnOnce(&Path)) -> String {
    let home = tempfile::tempdir().unwrap();
    forge::write(home.path());
    change(home.path());
    let Err(error) = LocalEmbedder::load(home.path()) else { panic!("it was loaded") };
    error.to_string()
}

fn configured(member: &str, value: &Value) -> String {
    refused(|home| {
        let mut config = forge::config();
        config[member] = value.clone();
        forge::put(home, "config.json", &config);
    })
}

#[track_caller]
fn assert_says(said: &str, part: &str) {
    assert!(said.contains(part), "{said}");
}

#[test]
fn other_architectures_are_refused_with_what_is_supported() {
    for (member, value) in [
        ("model_type", json!("t5")),
        ("model_type", json!(null)),
        ("hidden_act", json!("relu")),
        ("position_embedding_type", json!("relative_key")),
        ("is_decoder", json!(true)),
    ] {
        assert_says(
            &configured(member, &value),
            "supported are sentence-transformers directories with a BERT",
        );
    }
    assert_says(&configured("model_type", &json!("t5")), "the model is of type Some(\"t5\")");
}

#[test]
fn absurd_measures_are_refused_before_the_weights_are_read() {
    for (member, value, says) in [
        ("vocab_size", json!(1_u64 << 40), "vocab_size is"),
        ("num_hidden_layers", json!(0), "num_hidden_layers is 0"),
        ("hidden_size", json!(9), "9 cannot be shared among 2 heads"),
        ("num_attention_heads", json!(1000), "num_attention_heads is 1000"),
        ("layer_norm_eps", json!(-1.0), "layer_norm_eps is -1"),
        ("hidden_size", json!(-8), "is not understood"),
        ("vocab_size", json!(4 << 20), "the limit is"),
    ] {
        let said = refused(|home| {
            let mut config = forge::config();
            config["hidden_size"] = json!(8192);
            config[member] = value.clone();
            forge::put(home, "config.json", &config);
        });
        assert_says(&said, says);
    }
}

#[test]
fn a_pickle_is_never_read() {
    let said = refused(|home| {
        fs::remove_file(home.join("model.safetensors")).unwrap();
        fs::write(home.join("pytorch_model.bin"), b"\x80\x02").unwrap();
    });
    assert_says(&said, "pytorch_model.bin is a pickle: reading it would run whatever program it holds");
}

#[test]
fn what_is_missing_is_named() {
    for file in
        ["config.json", "modules.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"]
    {
        let said = refused(|home| fs::remove_file(home.join(file)).unwrap());
        assert_says(&said, &format!("{file} is missing"));
    }
    let said = refused(|home| {
        fs::rename(home.join("model.safetensors"), home.join("model.safetensors.index.json")).unwrap();
    });
    assert_says(&said, "the weights are in several files");
}

#[test]
fn another_pipeline_is_refused() {
    let modules = |kinds: &[&str], path: &str| {
        let kinds: Vec<_> = kinds.iter().enumerate().collect();
        let module = |(index, kind): &(usize, &&str)| json!({"type": format!("sentence_transformers.models.{kind}"), "path": if *index == 1 { path } else { "" }});
        Value::Array(kinds.iter().map(module).collect())
    };
    for (content, says) in [
        (modules(&["Transformer", "Pooling", "Dense"], "1_Pooling"), "\"Dense\""),
        (modules(&["Transformer"], ""), "the model consists of"),
        (modules(&["Transformer", "Pooling"], "../1_Pooling"), "is no name of a directory inside"),
        (modules(&["Transformer", "Pooling"], "/etc"), "is no name of a directory inside"),
        (json!({}), "is not understood"),
    ] {
        assert_says(&refused(|home| forge::put(home, "modules.json", &content)), says);
    }
    for (content, says) in [
        (json!({"pooling_mode_max_tokens": true}), "the pooling is [\"max_tokens\"]"),
        (json!({"pooling_mode": "weightedmean"}), "the pooling is [\"weightedmean\"]"),
        (json!({"pooling_mode": "mean", "word_embedding_dimension": 9}), "its dimension is Some(9)"),
        (json!({"pooling_mode": "mean", "include_prompt": false}), "leaves the prompt out"),
    ] {
        assert_says(&refused(|home| forge::put(home, "1_Pooling/config.json", &content)), says);
    }
    for longest in [0, 2, 13] {
        let options = json!({"max_seq_length": longest});
        let said = refused(|home| forge::put(home, "sentence_bert_config.json", &options));
        assert_says(&said, &format!("max_seq_length is {longest}"));
    }
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    assert_says(&refused(|home| fs::write(home.join("tokenizer.json"), "{}").unwrap()), "is not understood");
    assert_says(
        &refused(|home| fs::write(home.join("tokenizer.json"), [0xff; 99]).unwrap()),
        "is not understood",
    );
    let said = refused(|home| {
        let tokenizer = fs::read_to_string(home.join("tokenizer.json")).unwrap();
        fs::write(home.join("tokenizer.json"), tokenizer.replace("\"mat\":8", "\"mat\":80")).unwrap();
    });
    assert_says(&said, "it has tokens up to Some(80); the model knows 10");
}

#[test]
fn what_is_no_ordinary_file_is_not_opened() {
    let said = refused(|home| {
        fs::remove_file(home.join("model.safetensors")).unwrap();
        fs::create_dir(home.join("model.safetensors")).unwrap();
    });
    assert_says(&said, "cannot be read");
}
