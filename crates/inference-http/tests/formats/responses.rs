//! Events of OpenAI's responses.

use expect_test::expect_file;
use inference_http::responses::EventReader;
use inference_http::whole::Whole;
use inference_http::{decode, sse};

use super::replayed::{Outcome, does_not_depend_on_pieces, does_not_end_early, shown, survives_anything};

macro_rules! answers {
    ($($name:literal),*) => {
        [$((include_bytes!(concat!("responses/", $name, ".sse")).as_slice(), expect_file![concat!("responses/", $name, ".events")])),*]
    };
}

const TEXT: &[u8] = include_bytes!("responses/text.sse");
const THOUGHTS_AND_TOOLS: &[u8] = include_bytes!("responses/thoughts_and_tools.sse");
const INCOMPLETE: &[u8] = include_bytes!("responses/incomplete.sse");
const WHOLE: &[u8] = include_bytes!("responses/whole.json");

fn replay(pieces: &[&[u8]]) -> Outcome {
    decode::replay(sse::Reader::new(), EventReader::new(), pieces.iter().copied())
}

fn replay_whole(pieces: &[&[u8]]) -> Outcome {
    decode::replay(Whole::new(), EventReader::new(), pieces.iter().copied())
}

#[test]
fn answers_are_understood() {
    let answers = answers!["text", "thoughts_and_tools", "incomplete", "failed", "error", "refusal", "terse"];
    for (answer, expected) in answers {
        expected.assert_eq(&shown(&replay(&[answer])));
        does_not_depend_on_pieces(replay, answer);
    }
}

#[test]
fn an_answer_in_one_piece_is_understood() {
    expect_file!["responses/whole.events"].assert_eq(&shown(&replay_whole(&[WHOLE])));
    does_not_depend_on_pieces(replay_whole, WHOLE);
}

#[test]
fn half_an_answer_is_none() {
    for answer in [TEXT, THOUGHTS_AND_TOOLS, INCOMPLETE] {
        does_not_end_early(replay, answer);
    }
    does_not_end_early(replay_whole, WHOLE);
}

#[test]
fn nothing_that_it_sends_does_harm() {
    const WORDS: &[&str] = &[
        "data: {\"type\":\"response.created\"}\n\n",
        "data: {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"message\"}}\n\n",
        "data: {\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"n\"}}\n\n",
        "data: {\"type\":\"response.output_item.done\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"n\",\"arguments\":\"{}\"}}\n\n",
        "data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\",\"content\":[{\"text\":\"a\"}]}}\n\n",
        "data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"reasoning\",\"encrypted_content\":\"e\"}}\n\n",
        "data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"web_search_call\"}}\n\n",
        "data: {\"type\":\"response.output_text.delta\",\"delta\":\"b\"}\n\n",
        "data: {\"type\":\"response.reasoning_text.delta\",\"delta\":\"c\"}\n\n",
        "data: {\"type\":\"response.reasoning_summary_part.added\"}\n\n",
        "data: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{\"}\n\n",
        "data: {\"type\":\"response.completed\",\"response\":{}}\n\n",
        "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\"}}\n\n",
        "data: {\"type\":7}\n\n",
        "data: {\"object\":\"response\"}\n\n",
        "data: [DONE]\n\n",
    ];
    survives_anything(replay, WORDS, THOUGHTS_AND_TOOLS);
    survives_anything(replay_whole, WORDS, WHOLE);
}
