//! Answers replayed: whole, and in pieces of all kinds.

use inference::{Event, ModelError};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// What pieces of an answer become.
pub(crate) type Outcome = (Vec<Event>, Option<ModelError>);

/// An adapter's way from the pieces of an answer to events.
pub(crate) type Replay = fn(&[&[u8]]) -> Outcome;

/// An outcome, an event a line.
pub(crate) fn shown((events, error): &Outcome) -> String {
    let mut text = String::new();
    for event in events {
        text += &format!("{event:?}\n");
    }
    if let Some(error) = error {
        text += &format!("{:?}: {error}\n", error.kind());
    }
    text
}

/// However an answer is cut, it becomes the same.
pub(crate) fn does_not_depend_on_pieces(replay: Replay, answer: &[u8]) {
    let whole = shown(&replay(&[answer]));
    let bytes: Vec<&[u8]> = answer.chunks(1).collect();
    assert_eq!(shown(&replay(&bytes)), whole, "byte by byte");
    for cut in 0..=answer.len() {
        assert_eq!(shown(&replay(&[&answer[..cut], &answer[cut..]])), whole, "cut at {cut}");
    }
    let cuts = prop::collection::vec(0..=answer.len(), 0..20);
    let outcome = TestRunner::default().run(&cuts, |mut cuts| {
        cuts.extend([0, answer.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &answer[ends[0]..ends[1]]).collect();
        prop_assert_eq!(shown(&replay(&pieces)), whole.clone());
        Ok(())
    });
    outcome.expect("no pieces that make a difference");
}

/// An answer that ends early is never taken for a whole one, and gives nothing that the whole one does not give.
pub(crate) fn does_not_end_early(replay: Replay, answer: &[u8]) {
    let (whole, _) = replay(&[answer]);
    for end in 0..answer.len() {
        let (events, error) = replay(&[&answer[..end]]);
        let beginning: Vec<_> = events.iter().take_while(|event| !matches!(event, Event::Stop(_))).collect();
        assert!(
            whole.iter().zip(&beginning).all(|(whole, part)| whole == *part),
            "ended at {end}: {events:?}"
        );
        let stopped = beginning.len() < events.len();
        assert!(stopped != error.is_some(), "ended at {end}: {}", shown(&(events, error)));
    }
}

/// Whatever a provider sends, the result is events in their order and perhaps an error.
pub(crate) fn survives_anything(replay: Replay, words: &'static [&'static str], answer: &[u8]) {
    let anything = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        nonsense_of(words),
        damaged(answer.to_vec()),
    ];
    let outcome = TestRunner::default().run(&anything, |bytes| {
        let (events, error) = replay(&[&bytes]);
        prop_assert!(in_order(&events), "{events:?}");
        let stopped = events.iter().any(|event| matches!(event, Event::Stop(_)));
        prop_assert!(stopped || error.is_some(), "neither an end nor an error: {events:?}");
        Ok(())
    });
    outcome.expect("nothing that does harm");
}

fn nonsense_of(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(words), 0..30).prop_map(|words| words.concat().into_bytes())
}

fn damaged(answer: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let places = prop::collection::vec((0..answer.len(), any::<u8>()), 1..4);
    places.prop_map(move |places| {
        let mut answer = answer.clone();
        for (place, byte) in places {
            answer[place] = byte;
        }
        answer
    })
}

/// Whether events keep the order that the port promises.
fn in_order(events: &[Event]) -> bool {
    let (mut next, mut open, mut stopped) = (0, false, false);
    for (number, event) in events.iter().enumerate() {
        let fine = match event {
            Event::Start => number == 0,
            Event::BlockStart { index, .. } => {
                !std::mem::replace(&mut open, true) && *index == next && !stopped
            }
            Event::Delta { index, .. } => open && *index == next,
            Event::BlockStop { index } => {
                next += 1;
                std::mem::replace(&mut open, false) && *index + 1 == next
            }
            Event::Stop(_) => !open && !std::mem::replace(&mut stopped, true),
            Event::Usage(_) => stopped,
        };
        if !fine || (number == 0 && *event != Event::Start) {
            return false;
        }
    }
    true
}
