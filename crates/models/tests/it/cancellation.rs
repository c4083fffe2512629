//! Callers that go away.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use inference::{Attribution, Event, Inference as _};
use models::Outcome;

use crate::player::{Play, tokens};
use crate::world::{World, ask, request, whom};

#[tokio::test]
async fn dropping_an_answer_ends_the_call_and_accounts_for_what_was_heard() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Hang("some words ")]);
    let mut events = models.converse(request(), &whom()).await.unwrap();
    world.clock.advance(Duration::from_millis(250));
    let heard = events.next().await.unwrap().unwrap();
    assert_eq!(heard, Event::Start);
    for _ in 0..3 {
        events.next().await.unwrap().unwrap();
    }
    assert!(events.next().now_or_never().is_none(), "it hangs");
    assert_eq!(world.player("a").open(), 1);
    drop(events);
    assert_eq!(world.player("a").open(), 0, "the provider is told");
    let record = world.only_record().await;
    assert_eq!((record.outcome, record.usage, record.estimated), (Outcome::Cancelled, tokens(104, 3), true));
    assert_eq!((record.first_token_ms, record.whole_ms), (Some(250), 250));
    assert_eq!(record.cost, Some(models::Money(107 * 1_000_000)));
}

#[tokio::test]
async fn a_call_that_nobody_took_on_costs_nothing() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Deaf]);
    let whom = whom();
    let mut asking = models.converse(request(), &whom);
    while world.player("a").asked().is_empty() {
        assert!((&mut asking).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(asking);
    let record = world.only_record().await;
    assert_eq!((record.outcome, record.usage, record.estimated), (Outcome::Cancelled, tokens(0, 0), false));
}

#[tokio::test]
async fn whoever_stops_after_the_end_has_heard_everything() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Uncounted("one word")]);
    let mut events = models.converse(request(), &Attribution::default()).await.unwrap();
    while !matches!(events.next().await.unwrap().unwrap(), Event::Stop(_)) {}
    drop(events);
    let record = world.only_record().await;
    assert_eq!((record.outcome, record.estimated), (Outcome::Completed, true));
}

#[tokio::test]
async fn callers_that_go_away_say_nothing_against_a_provider() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Hang("a word")]);
    for _ in 0..40 {
        drop(models.converse(request(), &whom()).await.unwrap());
    }
    world.player("a").plays([]);
    ask(&models).await.unwrap();
    world.records(41).await;
}
