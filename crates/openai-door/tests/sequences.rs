//! Whatever a provider sends becomes a well-formed stream.

use futures_util::stream;
use inference::{BlockStart, Delta, ErrorKind, Event, Events, ModelError, StopReason, Usage};
use openai_door::{Call, Stamp};
use proptest::prelude::*;
use serde_json::Value;

fn block() -> impl Strategy<Value = BlockStart> {
    let tool = ("[a-z\"\n]{0,4}", ".{0,4}").prop_map(|(id, name)| BlockStart::ToolUse { id, name });
    prop_oneof![Just(BlockStart::Text), Just(BlockStart::Reasoning), tool]
}

fn delta() -> impl Strategy<Value = Delta> {
    prop_oneof![
        ".{0,6}".prop_map(Delta::Text),
        ".{0,6}".prop_map(Delta::ToolInput),
        ".{0,6}".prop_map(Delta::Reasoning),
        ".{0,6}".prop_map(Delta::ReasoningSignature),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| Delta::ReasoningRedacted(bytes.into())),
    ]
}

fn stop() -> impl Strategy<Value = StopReason> {
    use StopReason as S;
    prop::sample::select(vec![S::EndTurn, S::ToolUse, S::MaxTokens, S::ContentFiltered, S::MalformedToolUse])
}

/// Any event at all, in any order.
fn event() -> impl Strategy<Value = Result<Event, ()>> {
    prop_oneof![
        1 => Just(Ok(Event::Start)),
        3 => (0..3_usize, block()).prop_map(|(index, block)| Ok(Event::BlockStart { index, block })),
        5 => (0..3_usize, delta()).prop_map(|(index, delta)| Ok(Event::Delta { index, delta })),
        3 => (0..3_usize).prop_map(|index| Ok(Event::BlockStop { index })),
        1 => stop().prop_map(|stop| Ok(Event::Stop(stop))),
        1 => (0..9_u64).prop_map(|tokens| Ok(Event::Usage(Usage { output_tokens: tokens, ..Usage::default() }))),
        1 => Just(Err(())),
    ]
}

/// Blocks one after the other, as the port promises them, ended or cut off somewhere.
fn orderly() -> impl Strategy<Value = Vec<Result<Event, ()>>> {
    let fitting = |block: &BlockStart, text: String| match block {
        BlockStart::Text => Delta::Text(text),
        BlockStart::Reasoning => Delta::Reasoning(text),
        BlockStart::ToolUse { .. } => Delta::ToolInput(text),
    };
    let blocks = prop::collection::vec((block(), prop::collection::vec(".{0,6}", 0..4)), 0..4);
    (blocks, stop(), any::<prop::sample::Index>()).prop_map(move |(blocks, stop, cut)| {
        let mut events = vec![Event::Start];
        for (index, (block, texts)) in blocks.into_iter().enumerate() {
            let deltas: Vec<_> = texts.into_iter().map(|text| fitting(&block, text)).collect();
            events.push(Event::BlockStart { index, block });
            events.extend(deltas.into_iter().map(|delta| Event::Delta { index, delta }));
            events.push(Event::BlockStop { index });
        }
        events.extend([Event::Stop(stop), Event::Usage(Usage::default())]);
        events.truncate(1 + cut.index(events.len() + 4));
        events.into_iter().map(Ok).collect()
    })
}

fn any_events() -> impl Strategy<Value = Vec<Result<Event, ()>>> {
    prop_oneof![prop::collection::vec(event(), 0..12), orderly()]
}

fn written(call: Call, sent: &[Result<Event, ()>]) -> String {
    let error = || ModelError::new(ErrorKind::Unavailable, "The provider broke off.");
    let events: Vec<_> = sent.iter().map(|event| event.clone().map_err(|()| error())).collect();
    let events: Events = Box::pin(stream::iter(events));
    let (_, _, writer) = call.split();
    let stamp = Stamp { id: "x".to_owned(), created: 7 };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let bytes =
        runtime.block_on(writer.stream(&stamp, events).collect(1 << 20)).expect("no stream breaks off");
    String::from_utf8(bytes.to_vec()).expect("text")
}

proptest! {
    #[test]
    fn chunks_are_documents_and_end_once(sent in any_events()) {
        let body = br#"{"model":"m","messages":[{"role":"user","content":"a"}],"stream":true,
                        "stream_options":{"include_usage":true}}"#;
        let text = written(Call::chat(body).unwrap(), &sent);
        prop_assert!(text.ends_with("\n\n"));
        let frames: Vec<_> =
            text.split_terminator("\n\n").map(|frame| frame.strip_prefix("data: ").unwrap()).collect();
        let (last, chunks) = frames.split_last().unwrap();
        let chunks: Vec<Value> = chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
        prop_assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk"));
        let reasons = chunks.iter().filter(|chunk| !chunk["choices"][0]["finish_reason"].is_null()).count();
        if *last == "[DONE]" {
            prop_assert_eq!(reasons, 1);
            prop_assert!(chunks.last().unwrap()["usage"].is_object());
        } else {
            let last: Value = serde_json::from_str(last).unwrap();
            prop_assert!(last["error"]["message"].is_string());
        }
    }

    #[test]
    fn steps_are_numbered_and_what_begins_ends(sent in any_events()) {
        let text = written(Call::responses(br#"{"model":"m","input":"a","stream":true}"#).unwrap(), &sent);
        prop_assert!(text.ends_with("\n\n"));
        let mut open: Option<Value> = None;
        let mut ended = false;
        for (number, frame) in text.split_terminator("\n\n").enumerate() {
            let (name, data) = frame.split_once("\ndata: ").unwrap();
            let step: Value = serde_json::from_str(data).unwrap();
            prop_assert_eq!(name.strip_prefix("event: ").unwrap(), step["type"].as_str().unwrap());
            prop_assert_eq!(&step["sequence_number"], &Value::from(number));
            prop_assert!(!ended, "nothing follows the end");
            match step["type"].as_str().unwrap() {
                "response.output_item.added" => {
                    prop_assert!(open.is_none());
                    open = Some(step["output_index"].clone());
                }
                "response.output_item.done" => prop_assert_eq!(open.take(), step.get("output_index").cloned()),
                "response.completed" | "response.incomplete" => {
                    prop_assert!(open.is_none());
                    ended = true;
                }
                "response.failed" => ended = true,
                "error" => ended = number == 0,
                "response.created" | "response.in_progress" => prop_assert!(number < 2),
                _ => prop_assert_eq!(open.as_ref(), step.get("output_index")),
            }
        }
        prop_assert!(ended);
    }

    #[test]
    fn no_body_is_too_strange(body in prop::collection::vec(any::<u8>(), 0..64), text in ".{0,64}") {
        for body in [body, text.into_bytes()] {
            let _ = (Call::chat(&body).is_ok(), Call::responses(&body).is_ok());
            let _ = openai_door::embeddings::Embed::parse(&body).is_ok();
        }
    }
}
