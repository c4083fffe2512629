//! Chunks of chat completions, as OpenAI and those who follow it send them.

use expect_test::expect_file;
use inference_http::chat_completions::ChunkReader;
use inference_http::whole::Whole;
use inference_http::{decode, sse};

use super::replayed::{Outcome, does_not_depend_on_pieces, does_not_end_early, shown, survives_anything};

macro_rules! answers {
    ($($name:literal),*) => {
        [$((include_bytes!(concat!("chat_completions/", $name, ".sse")).as_slice(), expect_file![concat!("chat_completions/", $name, ".events")])),*]
    };
}

const TEXT: &[u8] = include_bytes!("chat_completions/text.sse");
const TOOLS: &[u8] = include_bytes!("chat_completions/tools.sse");
const INTERLEAVED: &[u8] = include_bytes!("chat_completions/interleaved.sse");
const WHOLE: &[u8] = include_bytes!("chat_completions/whole.json");
const FAILED: &[u8] = include_bytes!("chat_completions/failed.json");

fn replay(pieces: &[&[u8]]) -> Outcome {
    decode::replay(sse::Reader::new(), ChunkReader::new("call"), pieces.iter().copied())
}

fn replay_whole(pieces: &[&[u8]]) -> Outcome {
    decode::replay(Whole::new(), ChunkReader::new("call"), pieces.iter().copied())
}

#[test]
fn answers_are_understood() {
    let answers = answers![
        "text",
        "tools",
        "interleaved",
        "deepseek",
        "ollama",
        "bare",
        "vllm",
        "mistral",
        "filtered",
        "broken_off",
        "too_long",
        "silent"
    ];
    for (answer, expected) in answers {
        expected.assert_eq(&shown(&replay(&[answer])));
        does_not_depend_on_pieces(replay, answer);
    }
}

#[test]
fn an_answer_in_one_piece_is_understood() {
    expect_file!["chat_completions/whole.events"].assert_eq(&shown(&replay_whole(&[WHOLE])));
    expect_file!["chat_completions/failed.events"].assert_eq(&shown(&replay_whole(&[FAILED])));
    does_not_depend_on_pieces(replay_whole, WHOLE);
}

#[test]
fn half_an_answer_is_none() {
    for answer in [TEXT, TOOLS, INTERLEAVED] {
        does_not_end_early(replay, answer);
    }
    does_not_end_early(replay_whole, WHOLE);
}

#[test]
fn nothing_that_it_sends_does_harm() {
    const WORDS: &[&str] = &[
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"b\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"thinking\":[{\"text\":\"c\"}]}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"n\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"m\",\"arguments\":\"{\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"}\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"o\",\"arguments\":7}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n",
        "data: {\"error\":null,\"choices\":null}\n\n",
        "data: {\"error\":7}\n\n",
        "data: null\n\n",
        "data: [DONE]\n\n",
        ": comment\n",
    ];
    survives_anything(replay, WORDS, TOOLS);
    survives_anything(replay_whole, WORDS, WHOLE);
}
