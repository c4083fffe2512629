//! Models that fail too often.

use std::time::Duration;

use inference::ErrorKind;
use models::Health;

use crate::player::{Play, Player};
use crate::world::{World, ask, fails};

fn down(player: &Player) {
    player.plays([Play::Refuse(ErrorKind::Unavailable)]);
}

#[tokio::test]
async fn a_model_that_fails_is_left_alone_until_a_trial() {
    let world = World::new();
    let models = world.start(&[&["a"], &["b"]], &[]).await;
    down(world.player("a"));
    for _ in 0..7 {
        ask(&models).await.unwrap();
    }
    assert_eq!(world.player("a").asked().len(), 5, "after five failures nobody asks it");
    let health = || async { models.list().await.aliases[0].sets[0][0].health };
    assert_eq!(health().await, Health::Paused(10));
    world.clock.advance(Duration::from_secs(10));
    world.player("a").plays([]);
    ask(&models).await.unwrap();
    assert_eq!((world.player("a").asked().len(), world.player("b").asked().len()), (6, 7));
    assert_eq!(health().await, Health::Ok);
}

#[tokio::test]
async fn within_a_set_the_others_answer_for_it() {
    let world = World::new();
    let models = world.start(&[&["a", "b"]], &[]).await;
    down(world.player("a"));
    for _ in 0..60 {
        // Without another set a failure is told, and the next call may find the other target.
        let _ = ask(&models).await;
    }
    assert_eq!(world.player("a").asked().len(), 5);
    assert_eq!(world.player("b").asked().len(), 55);
}

#[tokio::test]
async fn when_all_are_left_alone_the_caller_is_told_for_how_long() {
    let world = World::new();
    let models = world.start(&[&["a"], &["b"]], &[]).await;
    down(world.player("a"));
    down(world.player("b"));
    for _ in 0..5 {
        assert_eq!(fails(&models).await, ErrorKind::Unavailable);
    }
    let error = ask(&models).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.message().contains("a/model-a, b/model-b failed too often"), "{error}");
    assert_eq!(world.player("a").asked().len(), 5);
}

#[tokio::test]
async fn wrong_requests_say_nothing_against_a_provider() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Refuse(ErrorKind::Invalid)]);
    for _ in 0..40 {
        assert_eq!(fails(&models).await, ErrorKind::Invalid);
    }
    assert_eq!(world.player("a").asked().len(), 40);
}

#[tokio::test]
async fn answers_that_break_off_count_as_failures() {
    let world = World::new();
    let models = world.start(&[&["a"], &["b"]], &[]).await;
    world.player("a").plays([Play::Break("a word", ErrorKind::Timeout)]);
    for _ in 0..5 {
        assert_eq!(fails(&models).await, ErrorKind::Timeout);
    }
    ask(&models).await.unwrap();
    assert_eq!(world.player("b").asked().len(), 1);
}
