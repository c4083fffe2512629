//! What may be spent.

use inference::{ErrorKind, Inference as _, Purpose};
use models::{Money, Per, Scope};

use crate::player::{Play, tokens};
use crate::world::{World, ask, budget, fails, whom};

fn everything(limit: &str, per: Per) -> models::Budget {
    budget("everything", limit, per, Scope::default())
}

#[tokio::test]
async fn the_next_call_over_the_limit_is_refused_until_the_budget_renews() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[everything("0.2", Per::Day)]).await;
    world.player("a").plays([Play::Say("yes", tokens(90, 10))]);
    ask(&models).await.unwrap();
    ask(&models).await.unwrap();
    let error = ask(&models).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BudgetExceeded);
    assert_eq!(
        error.message(),
        "The budget \"everything\" is used up: 0.20 of 0.20 USD a day are spent. It renews at \
         2027-01-01T00:00:00Z."
    );
    assert_eq!(world.player("a").asked().len(), 2, "nobody is asked");
    world.hours(2);
    ask(&models).await.unwrap();
}

#[tokio::test]
async fn budgets_cover_what_they_name() {
    let world = World::new();
    let other = Scope { user: Some("ben".to_owned()), ..Scope::default() };
    let scope =
        Scope { user: Some("anna".to_owned()), alias: Some("default".to_owned()), ..Scope::default() };
    let budgets = [budget("ben", "0", Per::Month, other), budget("anna", "0.001", Per::Month, scope)];
    let models = world.start(&[&["a"]], &budgets).await;
    ask(&models).await.unwrap();
    let error = ask(&models).await.unwrap_err();
    assert!(error.message().contains("\"anna\""), "{error}");
    models.embed("lengths", &["four".to_owned()], Purpose::Query, &whom()).await.unwrap();
    let spent: Vec<_> = models.list().await.budgets.iter().map(|spent| spent.spent).collect();
    assert_eq!(spent, [Money(0), Money(11_000_000)]);
}

#[tokio::test]
async fn a_restart_knows_what_was_spent() {
    let world = World::new();
    let budgets = [everything("0.1", Per::Month)];
    let models = world.start(&[&["a"]], &budgets).await;
    world.player("a").plays([Play::Say("yes", tokens(90, 10))]);
    ask(&models).await.unwrap();
    models.shut_down().await;
    let models = world.start(&[&["a"]], &budgets).await;
    assert_eq!(fails(&models).await, ErrorKind::BudgetExceeded);
    world.hours(2);
    ask(&models).await.unwrap();
}

#[tokio::test]
async fn a_new_budget_knows_what_was_spent_before_it() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    world.player("a").plays([Play::Say("yes", tokens(90, 10))]);
    for _ in 0..3 {
        ask(&models).await.unwrap();
    }
    world.write(Ok(world.catalog(&[&["a"]], &[everything("0.35", Per::Day)])));
    assert_eq!(models.list().await.budgets[0].spent, Money(300_000_000));
    ask(&models).await.unwrap();
    assert_eq!(fails(&models).await, ErrorKind::BudgetExceeded);
    world.write(Ok(world.catalog(&[&["a"]], &[everything("0.5", Per::Day)])));
    world.clock.advance(std::time::Duration::from_secs(1));
    ask(&models).await.unwrap();
}

#[tokio::test]
async fn a_budget_over_a_model_without_a_price_is_not_taken_up() {
    let world = World::new();
    let models = world.start(&[&["a"]], &[]).await;
    let mut catalog = world.catalog(&[&["a"], &["b"]], &[everything("1", Per::Day)]);
    catalog.prices.models.remove("b/model-b");
    world.write(Ok(catalog));
    let list = models.list().await;
    let trouble = list.trouble.unwrap();
    assert!(trouble.contains("\"everything\" covers b/model-b"), "{trouble}");
    assert!(trouble.contains("[prices.\"b/model-b\"]"), "{trouble}");
    assert!(list.budgets.is_empty());
    ask(&models).await.unwrap();
}
