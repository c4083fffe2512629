//! A models file that changes.

use std::time::Duration;

use futures_util::FutureExt as _;
use inference::{ErrorKind, Inference as _, Purpose};
use models::Catalog;

use crate::player::Play;
use crate::world::{World, ask, fails, whom};

#[tokio::test]
async fn what_the_file_says_now_holds_within_a_second() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    ask(&models).await.unwrap();
    world.write(Ok(world.catalog(&[&["b"]], &[])));
    world.clock.advance(Duration::from_secs(1));
    ask(&models).await.unwrap();
    assert_eq!((world.player("a").asked().len(), world.player("b").asked().len()), (1, 1));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_changes_nothing_and_is_shown() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.write(Err("line 7 is wrong".to_owned()));
    world.clock.advance(Duration::from_secs(1));
    ask(&models).await.unwrap();
    assert_eq!(models.list().await.trouble.as_deref(), Some("line 7 is wrong"));
    let error = models.embed("x", &[], Purpose::Query, &whom()).await.unwrap_err();
    assert!(error.message().contains("The models file has an error"), "{error}");
    world.write(Ok(world.catalog(&[&["a"]], &[])));
    assert_eq!(models.list().await.trouble, None);
}

#[tokio::test]
async fn a_name_that_is_gone_says_how_to_configure_it() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.write(Ok(Catalog::default()));
    world.clock.advance(Duration::from_secs(1));
    let error = ask(&models).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotConfigured);
    assert!(error.message().contains("[aliases.default]"), "{error}");
}

#[tokio::test]
async fn a_caller_that_goes_away_meanwhile_does_not_take_the_news_along() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.write(Ok(world.catalog(&[&["b"]], &[])));
    world.clock.advance(Duration::from_secs(1));
    assert!(ask(&models).now_or_never().is_none(), "it looks at the file");
    while world.player("b").asked().is_empty() {
        ask(&models).await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_provider_that_is_set_up_anew_is_asked_again() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Refuse(ErrorKind::Timeout)]);
    for _ in 0..6 {
        fails(&models).await;
    }
    assert_eq!(world.player("a").asked().len(), 5);
    world.player("a").plays([]);
    // Another `Arc`: the table of the provider has changed.
    world.write(Ok(world.catalog(&[&["a"]], &[])));
    world.clock.advance(Duration::from_secs(1));
    ask(&models).await.unwrap();
}
