//! Gemini's pieces of an answer.

use expect_test::expect_file;
use inference_http::gemini::EventReader;
use inference_http::{decode, sse};

use super::replayed::{Outcome, does_not_depend_on_pieces, does_not_end_early, shown, survives_anything};

const TEXT: &[u8] = include_bytes!("gemini/text.sse");
const TOOLS: &[u8] = include_bytes!("gemini/tools.sse");
const THOUGHTS: &[u8] = include_bytes!("gemini/thoughts.sse");
const BLOCKED: &[u8] = include_bytes!("gemini/blocked.sse");
const UNAVAILABLE: &[u8] = include_bytes!("gemini/unavailable.sse");
const UNKNOWN: &[u8] = include_bytes!("gemini/unknown.sse");

fn replay(pieces: &[&[u8]]) -> Outcome {
    decode::replay(sse::Reader::new(), EventReader::new("call"), pieces.iter().copied())
}

#[test]
fn answers_are_understood() {
    expect_file!["gemini/text.events"].assert_eq(&shown(&replay(&[TEXT])));
    expect_file!["gemini/tools.events"].assert_eq(&shown(&replay(&[TOOLS])));
    expect_file!["gemini/thoughts.events"].assert_eq(&shown(&replay(&[THOUGHTS])));
    expect_file!["gemini/blocked.events"].assert_eq(&shown(&replay(&[BLOCKED])));
    expect_file!["gemini/unavailable.events"].assert_eq(&shown(&replay(&[UNAVAILABLE])));
    expect_file!["gemini/unknown.events"].assert_eq(&shown(&replay(&[UNKNOWN])));
}

#[test]
fn pieces_do_not_matter() {
    for answer in [TEXT, TOOLS, THOUGHTS, BLOCKED, UNAVAILABLE, UNKNOWN] {
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
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\",\"thought\":true}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\",\"thoughtSignature\":\"s\"}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"thought\":true,\"thoughtSignature\":\"s\"}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"n\"},\"thoughtSignature\":\"s\"}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"n\",\"args\":null,\"id\":\"\"}}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{}}]}\n\n",
        "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
        "data: {\"candidates\":[{\"finishReason\":\"MISSING_THOUGHT_SIGNATURE\"}]}\n\n",
        "data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n",
        "data: {\"usageMetadata\":{\"promptTokenCount\":18446744073709551615,\"toolUsePromptTokenCount\":9}}\n\n",
        "data: {\"error\":{}}\n\n",
        "data: {\"candidates\":7}\n\n",
        "data: []\n\n",
        "data: {}\r\n\r\n",
    ];
    survives_anything(replay, WORDS, TOOLS);
}
