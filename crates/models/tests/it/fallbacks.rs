//! Who answers when somebody does not.

use futures_util::StreamExt as _;
use inference::{ErrorKind, Event, Inference as _};
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::player::{Play, tokens};
use crate::world::{World, ask, fails, request, whom};

const CHAIN: &[&[&str]] = &[&["a"], &["b"], &["c"]];

#[tokio::test]
async fn the_next_set_answers_for_the_one_before_it() {
    let world = World::new();
    let models = world.start(CHAIN, &[]).await;
    world.player("a").plays([Play::Refuse(ErrorKind::Unavailable)]);
    world.player("b").plays([Play::Stumble(ErrorKind::Failed)]);
    world.player("c").plays([Play::Say("I am here", tokens(7, 3))]);
    assert_eq!(ask(&models).await.unwrap(), "I am here");
    assert_eq!(world.player("b").asked()[0].model, "model-b");
    let record = world.only_record().await;
    assert_eq!((record.provider.as_deref(), record.fallbacks), (Some("c"), 2));
    assert_eq!((record.usage, record.estimated), (tokens(7, 3), false));
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_told_at_once() {
    for kind in [ErrorKind::Invalid, ErrorKind::ContextTooLong] {
        let world = World::new();
        let models = world.start(CHAIN, &[]).await;
        world.player("a").plays([Play::Refuse(kind.clone())]);
        assert_eq!(fails(&models).await, kind);
        assert!(world.player("b").asked().is_empty());
    }
}

#[tokio::test]
async fn once_a_word_is_passed_on_nobody_else_goes_on() {
    let world = World::new();
    let models = world.start(CHAIN, &[]).await;
    world.player("a").plays([Play::Break("two words", ErrorKind::Unavailable)]);
    let events: Vec<_> = models.converse(request(), &whom()).await.unwrap().collect().await;
    let (last, before) = events.split_last().unwrap();
    assert_eq!(last.as_ref().unwrap_err().kind(), &ErrorKind::Unavailable);
    let deltas = before.iter().filter(|event| matches!(event, Ok(Event::Delta { .. })));
    assert_eq!(deltas.count(), 2);
    assert!(world.player("b").asked().is_empty());
    let record = world.only_record().await;
    assert_eq!((record.usage, record.estimated), (tokens(104, 3), true));
    assert_eq!(record.outcome, models::Outcome::Unavailable);
}

#[tokio::test]
async fn counting_falls_back_too_and_guesses_where_nobody_counts() {
    let world = World::new();
    let models = world.start(CHAIN, &[]).await;
    world.player("a").plays([Play::Refuse(ErrorKind::Timeout)]);
    assert_eq!(models.count_tokens(request(), &whom()).await.unwrap(), 42);
    world.player("b").plays([Play::Uncounted("")]);
    assert_eq!(models.count_tokens(request(), &whom()).await.unwrap(), 104);
}

fn play() -> impl Strategy<Value = Play> {
    let kind = prop_oneof![
        Just(ErrorKind::Unavailable),
        Just(ErrorKind::Throttled { retry_after: None }),
        Just(ErrorKind::Timeout),
        Just(ErrorKind::Malformed),
        Just(ErrorKind::AccessDenied),
        Just(ErrorKind::UnknownModel),
        Just(ErrorKind::Invalid),
        Just(ErrorKind::ContextTooLong),
    ];
    prop_oneof![
        3 => kind.clone().prop_map(Play::Refuse),
        2 => kind.clone().prop_map(Play::Stumble),
        1 => kind.prop_map(|kind| Play::Break("a word", kind)),
        1 => Just(Play::Say("a word", tokens(1, 1))),
        1 => Just(Play::Uncounted("a word")),
    ]
}

/// Whose turn ends the call, as the manual says it.
fn ends(play: &Play) -> bool {
    match play {
        Play::Refuse(kind) | Play::Stumble(kind) => {
            matches!(kind, ErrorKind::Invalid | ErrorKind::ContextTooLong)
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_that_says_anything_or_blames_the_request_ends_it(plays in proptest::collection::vec(play(), 3)) {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let models = world.start(CHAIN, &[]).await;
            for (name, play) in ["a", "b", "c"].iter().zip(&plays) {
                world.player(name).plays([play.clone()]);
            }
            let answer = ask(&models).await;
            let last = plays.iter().position(ends).unwrap_or(2);
            let asked = ["a", "b", "c"].map(|name| world.player(name).asked().len());
            let expected: Vec<usize> = (0..3).map(|place| usize::from(place <= last)).collect();
            assert_eq!(asked.as_slice(), expected.as_slice());
            let well = matches!(plays[last], Play::Say(..) | Play::Uncounted(_));
            assert_eq!(answer.is_ok(), well, "{answer:?}");
            let record = world.only_record().await;
            let place = ["a", "b", "c"].iter().position(|name| record.provider.as_deref() == Some(*name));
            assert_eq!(place, Some(last));
        });
    }
}
