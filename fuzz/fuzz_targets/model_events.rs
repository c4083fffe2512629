//! Whatever a provider of models answers, in whatever pieces: events in their order, and an end or an error.

#![no_main]

use inference::{ErrorKind, Event};
use inference_http::decode::replay;
use inference_http::{anthropic, bedrock, chat_completions, gemini, responses, sse, whole};
use libfuzzer_sys::fuzz_target;

type Outcome = (Vec<Event>, Option<(ErrorKind, String)>);

fn read(adapter: u8, pieces: &mut dyn Iterator<Item = &[u8]>) -> Outcome {
    let lines = sse::Reader::new;
    let (events, error) = match adapter % 7 {
        0 => replay(lines(), chat_completions::ChunkReader::new("call"), pieces),
        1 => replay(lines(), responses::EventReader::new(), pieces),
        2 => replay(lines(), anthropic::EventReader::new(), pieces),
        3 => replay(lines(), gemini::EventReader::new("call"), pieces),
        4 => replay(bedrock::FrameReader::new(), bedrock::EventReader::new(), pieces),
        5 => replay(whole::Whole::new(), chat_completions::ChunkReader::new("call"), pieces),
        _ => replay(whole::Whole::new(), responses::EventReader::new(), pieces),
    };
    (events, error.map(|error| (error.kind().clone(), error.message().to_owned())))
}

/// Blocks one after the other, nothing behind the end but the count.
fn assert_order(events: &[Event]) {
    let (mut next, mut open, mut stopped) = (0, false, false);
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Start => assert_eq!(number, 0),
            Event::BlockStart { index, .. } => {
                assert!(!open && !stopped && *index == next);
                open = true;
            }
            Event::Delta { index, .. } => assert!(open && *index == next),
            Event::BlockStop { index } => {
                assert!(open && *index == next);
                (open, next) = (false, next + 1);
            }
            Event::Stop(_) => {
                assert!(!open && !stopped);
                stopped = true;
            }
            Event::Usage(_) => assert!(stopped),
        }
    }
}

// The first byte chooses the adapter, the second how long the pieces are.
fuzz_target!(|data: &[u8]| {
    let [adapter, piece, bytes @ ..] = data else { return };
    let whole = read(*adapter, &mut std::iter::once(bytes));
    assert_order(&whole.0);
    let stopped = whole.0.iter().any(|event| matches!(event, Event::Stop(_)));
    assert!(stopped || whole.1.is_some(), "neither an end nor an error");
    let pieces = read(*adapter, &mut bytes.chunks(usize::from(*piece).max(1)));
    assert_eq!(pieces, whole, "pieces make no difference");
});
