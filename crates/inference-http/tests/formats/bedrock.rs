//! Bedrock's frames. Files hold what is in them, one a line: the headers and the payload.

use bytes::Bytes;
use expect_test::expect_file;
use inference::Event;
use inference_http::bedrock::{EventReader, FrameReader};
use inference_http::decode;
use restjson::eventstream::encode;

use super::replayed::{Outcome, does_not_depend_on_pieces, does_not_end_early, shown, survives_anything};

const TEXT: &str = include_str!("bedrock/text.frames");
const TOOLS: &str = include_str!("bedrock/tools.frames");
const THOUGHTS: &str = include_str!("bedrock/thoughts.frames");
const THROTTLED: &str = include_str!("bedrock/throttled.frames");
const UNKNOWN: &str = include_str!("bedrock/unknown.frames");

fn replay(pieces: &[&[u8]]) -> Outcome {
    decode::replay(FrameReader::new(), EventReader::new(), pieces.iter().copied())
}

/// The frames of a file: each line `event NAME JSON`, `exception NAME JSON` or `error CODE MESSAGE`.
fn frames(lines: &str) -> Vec<u8> {
    let frames = lines.lines().map(|line| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (kind, name, said) = (word(), word(), word());
        let json = (":content-type", "application/json");
        let frame = match kind {
            "event" => encode(&[(":event-type", name), json, (":message-type", kind)], said.as_bytes()),
            "exception" => {
                encode(&[(":exception-type", name), json, (":message-type", kind)], said.as_bytes())
            }
            _ => encode(&[(":error-code", name), (":error-message", said), (":message-type", kind)], b""),
        };
        frame.expect("frames as large as files of tests can be sent")
    });
    frames.collect::<Vec<Bytes>>().concat()
}

fn check(lines: &str) -> String {
    shown(&replay(&[&frames(lines)]))
}

#[test]
fn answers_are_understood() {
    expect_file!["bedrock/text.events"].assert_eq(&check(TEXT));
    expect_file!["bedrock/tools.events"].assert_eq(&check(TOOLS));
    expect_file!["bedrock/thoughts.events"].assert_eq(&check(THOUGHTS));
    expect_file!["bedrock/throttled.events"].assert_eq(&check(THROTTLED));
    expect_file!["bedrock/unknown.events"].assert_eq(&check(UNKNOWN));
}

#[test]
fn pieces_do_not_matter() {
    for lines in [TEXT, TOOLS, THOUGHTS, THROTTLED, UNKNOWN] {
        does_not_depend_on_pieces(replay, &frames(lines));
    }
}

#[test]
fn half_an_answer_is_none() {
    for lines in [TEXT, TOOLS, THOUGHTS] {
        does_not_end_early(replay, &frames(lines));
    }
}

#[test]
fn an_error_without_a_shape_has_a_message() {
    let shown = check("event messageStart {\"role\":\"assistant\"}\nerror InternalError It broke.");
    assert_eq!(shown, "Start\nFailed: it broke off its answer: It broke. (InternalError)\n");
}

#[test]
fn a_bit_that_falls_over_is_noticed() {
    let whole = frames(TEXT);
    let (mut answer, _) = replay(&[&whole]);
    answer.retain(|event| !matches!(event, Event::Usage(_)));
    for place in 0..whole.len() {
        let mut broken = whole.clone();
        broken[place] ^= 0x10;
        let (events, error) = replay(&[&broken]);
        // A count that is lost behind the answer does not cost the answer.
        assert!(error.is_some() || events == answer, "byte {place}: {events:?}");
    }
}

#[test]
fn no_frame_is_waited_for_that_is_too_large() {
    let (events, error) = replay(&[&[0x7f, 0xff, 0xff, 0xff]]);
    assert!(events.is_empty());
    assert!(error.is_some_and(|error| error.message().contains("2147483647")));
}

#[test]
fn nothing_that_it_sends_does_harm() {
    survives_anything(replay, &["\0\0\0\x10", "\0\0\0\0", "\u{5}\u{c2}H", "x"], &frames(TOOLS));
}
