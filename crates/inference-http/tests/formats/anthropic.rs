//! Anthropic's events.

use expect_test::expect_file;
use inference_http::anthropic::EventReader;
use inference_http::decode;
use inference_http::sse;

use super::replayed::{Outcome, does_not_depend_on_pieces, does_not_end_early, shown, survives_anything};

const TEXT: &[u8] = include_bytes!("anthropic/text.sse");
const TOOLS: &[u8] = include_bytes!("anthropic/tools.sse");
const THOUGHTS: &[u8] = include_bytes!("anthropic/thoughts.sse");
const OVERLOADED: &[u8] = include_bytes!("anthropic/overloaded.sse");
const REFUSAL: &[u8] = include_bytes!("anthropic/refusal.sse");
const UNKNOWN: &[u8] = include_bytes!("anthropic/unknown.sse");

fn replay(pieces: &[&[u8]]) -> Outcome {
    decode::replay(sse::Reader::new(), EventReader::new(), pieces.iter().copied())
}

#[test]
fn answers_are_understood() {
    expect_file!["anthropic/text.events"].assert_eq(&shown(&replay(&[TEXT])));
    expect_file!["anthropic/tools.events"].assert_eq(&shown(&replay(&[TOOLS])));
    expect_file!["anthropic/thoughts.events"].assert_eq(&shown(&replay(&[THOUGHTS])));
    expect_file!["anthropic/overloaded.events"].assert_eq(&shown(&replay(&[OVERLOADED])));
    expect_file!["anthropic/refusal.events"].assert_eq(&shown(&replay(&[REFUSAL])));
    expect_file!["anthropic/unknown.events"].assert_eq(&shown(&replay(&[UNKNOWN])));
}

#[test]
fn pieces_do_not_matter() {
    for answer in [TEXT, TOOLS, THOUGHTS, OVERLOADED, REFUSAL, UNKNOWN] {
        does_not_depend_on_pieces(replay, answer);
    }
}

#[test]
fn half_an_answer_is_none() {
    for answer in [TEXT, TOOLS, THOUGHTS] {
        does_not_end_early(replay, answer);
    }
}

#[test]
fn nothing_that_it_sends_does_harm() {
    const WORDS: &[&str] = &[
        "data: {\"type\":\"message_start\",\"message\":{}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\"}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"a\":1}}}\n\n",
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"x\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n",
        "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "data: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
        "data: {\"type\":\"error\",\"error\":null}\n\n",
        "data: {\"type\":7}\n\n",
        "data: null\n\n",
        "event: ping\n",
    ];
    survives_anything(replay, WORDS, TOOLS);
}
