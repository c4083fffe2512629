//! Model directories made for tests: a whole model in some kilobytes, its numbers by a formula.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const WIDTH: usize = 8;
const INNER: usize = 16;
const POSITIONS: usize = 12;
pub(crate) const WORDS: [&str; 10] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat", "on", "mat", "##s"];

/// A tensor: its name, its shape, its numbers.
pub(crate) type Tensor = (String, Vec<usize>, Vec<f32>);

pub(crate) fn config() -> Value {
    json!({
        "model_type": "bert", "vocab_size": WORDS.len(), "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": 2,
        "num_attention_heads": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
    })
}

/// The model's tensors in an order of their own; `index` and `ordinal` make the numbers.
pub(crate) fn tensors() -> Vec<Tensor> {
    let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
    let mut add = |name: &str, shape: &[usize]| shapes.push((name.to_owned(), shape.to_vec()));
    add("embeddings.word_embeddings.weight", &[WORDS.len(), WIDTH]);
    add("embeddings.position_embeddings.weight", &[POSITIONS, WIDTH]);
    add("embeddings.token_type_embeddings.weight", &[2, WIDTH]);
    add("embeddings.LayerNorm.weight", &[WIDTH]);
    add("embeddings.LayerNorm.bias", &[WIDTH]);
    for layer in 0..2 {
        for (part, to, from) in [
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", INNER, WIDTH),
            ("output.dense", WIDTH, INNER),
        ] {
            add(&format!("encoder.layer.{layer}.{part}.weight"), &[to, from]);
            add(&format!("encoder.layer.{layer}.{part}.bias"), &[to]);
        }
        for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
            add(&format!("encoder.layer.{layer}.{part}.weight"), &[WIDTH]);
            add(&format!("encoder.layer.{layer}.{part}.bias"), &[WIDTH]);
        }
    }
    let numbers = |ordinal: usize, name: &str, shape: &[usize]| {
        let offset = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        let number = |index: usize| ((index * 7 + ordinal * 13) % 31) as f32 / 32.0 - 0.46875 + offset;
        (0..shape.iter().product()).map(number).collect()
    };
    let tensors = shapes.into_iter().enumerate();
    tensors
        .map(|(ordinal, (name, shape))| (name.clone(), shape.clone(), numbers(ordinal, &name, &shape)))
        .collect()
}

/// A number as a file holds it.
pub(crate) type Encode = fn(f32) -> Vec<u8>;

/// A safetensors file of these tensors, as 32-bit numbers.
pub(crate) fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    typed(tensors, "F32", |number| number.to_le_bytes().to_vec())
}

/// The same with numbers of another type.
pub(crate) fn typed(tensors: &[Tensor], dtype: &str, encode: Encode) -> Vec<u8> {
    let (mut header, mut content) = (serde_json::Map::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let start = content.len();
        content.extend(numbers.iter().flat_map(|number| encode(*number)));
        let place = json!({"dtype": dtype, "shape": shape, "data_offsets": [start, content.len()]});
        header.insert(name.clone(), place);
    }
    framed(&Value::Object(header).to_string(), &content)
}

/// Any header before any content.
pub(crate) fn framed(header: &str, content: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), content].concat()
}

/// Writes a whole model into a directory.
pub(crate) fn write(directory: &Path) {
    let vocabulary: serde_json::Map<_, _> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    let special = |id: usize| {
        json!({"id": id, "content": WORDS[id], "special": true, "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false})
    };
    let frame = |name: &str, id: usize| (name.to_owned(), json!({"id": name, "ids": [id], "tokens": [name]}));
    let frames: serde_json::Map<_, _> = [frame("[CLS]", 2), frame("[SEP]", 3)].into_iter().collect();
    let around = json!([
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
    ]);
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0), special(1), special(2), special(3)],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": around, "pair": around,
            "special_tokens": frames},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    let modules = json!([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]);
    let pooling = json!({"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": true});
    fs::create_dir_all(directory.join("1_Pooling")).unwrap();
    put(directory, "config.json", &config());
    put(directory, "modules.json", &modules);
    put(directory, "tokenizer.json", &tokenizer);
    put(directory, "1_Pooling/config.json", &pooling);
    put(directory, "sentence_bert_config.json", &json!({"max_seq_length": 10, "do_lower_case": false}));
    fs::write(directory.join("model.safetensors"), safetensors(&tensors())).unwrap();
}

pub(crate) fn put(directory: &Path, file: &str, content: &Value) {
    fs::write(directory.join(file), content.to_string()).unwrap();
}
