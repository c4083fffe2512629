//! What is written down, however the store does.

use std::sync::Arc;
use std::time::Duration;

use inference::{ErrorKind, Inference as _, Purpose};
use models::{By, CallOperation, Money, Outcome};
use store::gate::Gate;
use store::{KeyRange, Space};

use crate::player::{Play, tokens};
use crate::world::{World, ask, fails, summary, whom};

#[tokio::test]
async fn a_record_says_everything_but_what_was_said() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    let usage = inference::Usage { cache_read_tokens: 4, cache_write_tokens: 6, ..tokens(80, 10) };
    world.player("a").plays([Play::Say("my secret", usage)]);
    ask(&models).await.unwrap();
    let record = world.only_record().await;
    assert_eq!((record.agent.as_deref(), record.session.as_deref()), (Some("weather"), Some("s1")));
    assert_eq!((record.user.as_deref(), record.account.as_str()), (Some("anna"), "000000000000"));
    assert_eq!((record.model.as_deref(), record.alias.as_str()), (Some("model-a"), "default"));
    assert_eq!((record.usage, record.cost), (usage, Some(Money(100_000_000))));
    assert_eq!((record.operation, record.outcome), (CallOperation::Chat, Outcome::Completed));
    let row = world.store.range(Space::new("model-usage"), &KeyRange::all(), 1).await.unwrap().remove(0);
    assert!(!String::from_utf8(row.value.to_vec()).unwrap().contains("secret"));
    assert_eq!(*world.seen.0.lock().unwrap(), [record]);
}

#[tokio::test]
async fn summaries_add_up_by_whatever_is_asked() {
    let world = World::new();
    let models = world.start(&[&["a"], &["b"]], &[]).await;
    let (fails_once, says) = (Play::Refuse(ErrorKind::Timeout), Play::Say("yes", tokens(90, 10)));
    world.player("a").plays([fails_once, says, Play::Break("word", ErrorKind::Failed)]);
    ask(&models).await.unwrap();
    world.hours(3);
    ask(&models).await.unwrap();
    assert_eq!(fails(&models).await, ErrorKind::Failed);
    models.embed("lengths", &["four".to_owned()], Purpose::Document, &whom()).await.unwrap();
    world.records(4).await;
    let models_used = summary(&models, By::Model).await;
    let lines: Vec<_> = models_used
        .lines
        .iter()
        .map(|line| (line.subject[1].as_deref().unwrap(), line.totals.calls))
        .collect();
    assert_eq!(lines, [("model-a", 2), ("model-b", 1), ("lengths", 1)]);
    let days = summary(&models, By::Day).await;
    let lines: Vec<_> =
        days.lines.iter().map(|line| (line.subject[0].as_deref().unwrap(), line.totals.cost)).collect();
    assert_eq!(lines, [("2026-12-31", Money(11_000_000)), ("2027-01-01", Money(205_000_000))]);
    let totals = summary(&models, By::Session).await.total;
    assert_eq!((totals.calls, totals.failed, totals.estimated, totals.unpriced), (4, 1, 2, 0));
    assert_eq!(totals.cost, Money(216_000_000));
}

#[tokio::test]
async fn an_embedder_that_forgets_a_text_is_not_believed() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    let texts = ["four".to_owned(), String::new()];
    let error = models.embed("lengths", &texts, Purpose::Document, &whom()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Malformed);
    assert_eq!(models.embed("lengths", &[], Purpose::Document, &whom()).await.unwrap(), []);
}

#[tokio::test]
async fn old_records_go() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    ask(&models).await.unwrap();
    world.hours(24);
    ask(&models).await.unwrap();
    world.records(2).await;
    world.hours(24 * 400 - 1);
    assert_eq!(models.sweep().await.unwrap(), 1);
    assert_eq!(models.sweep().await.unwrap(), 0);
    world.records(1).await;
}

/// A world whose disk is full.
fn full() -> (Arc<Gate>, World) {
    let disk = Arc::new(Gate::default());
    disk.fill_up();
    let world = World { store: Arc::clone(&disk) as _, ..World::new() };
    (disk, world)
}

#[tokio::test]
async fn what_cannot_be_written_is_written_later_and_once() {
    let (disk, world) = full();
    let models = world.start(&[&["a"]], &[]).await;
    for _ in 0..300 {
        ask(&models).await.unwrap();
    }
    while world.clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.records(0).await, []);
    disk.make_room();
    world.clock.advance(Duration::from_secs(1));
    world.records(300).await;
    models.shut_down().await;
    world.records(300).await;
}

#[tokio::test]
async fn shutting_down_waits_for_calls_and_for_the_store() {
    let (disk, world) = full();
    let models = world.start(&[&["a"]], &[]).await;
    ask(&models).await.unwrap();
    world.player("a").plays([Play::Hang("a word ")]);
    let answer = models.converse(crate::world::request(), &whom()).await.unwrap();
    let ending = tokio::spawn({
        let models = models.clone();
        async move { models.shut_down().await }
    });
    // The writer and the end wait.
    while world.clock.sleepers() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(fails(&models).await, ErrorKind::Throttled { .. }), "no new calls");
    disk.make_room();
    world.clock.advance(Duration::from_secs(1));
    world.records(1).await;
    assert!(!ending.is_finished(), "a call is under way");
    drop(answer);
    ending.await.unwrap();
    assert_eq!(world.records(2).await[1].outcome, Outcome::Cancelled);
}

#[tokio::test]
async fn shutting_down_does_not_wait_for_ever() {
    let (_disk, world) = full();
    let models = world.start(&[&["a"]], &[]).await;
    ask(&models).await.unwrap();
    let ending = tokio::spawn({
        let models = models.clone();
        async move { models.shut_down().await }
    });
    while world.clock.sleepers() < 2 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(10));
    ending.await.unwrap();
}
