//! Several strategies of a memory, and those that come and go.

use fault::Kind;
use ids::AccountId;
use memory::memories::{MemoryChanges, NewStrategy};

use super::*;
use crate::resources::nothing;

fn tastes() -> Strategy {
    strategy("tastes", StrategyKind::UserPreference(Steps::default()), "/tastes/{actorId}")
}

fn prefers() -> String {
    let answer = r#"[{"context": "said so", "preference": "$what", "categories": []}]"#;
    reply(PREFERENCES, r"<current_conversation>.*I like (?<what>\w+)", answer)
}

#[test]
fn each_strategy_sees_every_event_once() {
    let (world, teacher) = taught(&[likes(), prefers()].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts(), tastes()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await.len(), 2);
        assert_eq!(teacher.asked().len(), 2);
        server.at_rest().await;
    });
}

#[test]
fn a_strategy_that_fails_does_not_hold_up_another() {
    let (world, _) = taught(&likes());
    world.live(async |server| {
        let memory = server.learning(vec![tastes(), facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes tea."]);
        let failed = server.failed(&memory).await;
        assert_eq!(failed.iter().map(|job| job.strategy.clone()).collect::<Vec<_>>(), [tastes().id]);
        server.at_rest().await;
    });
}

#[test]
fn a_strategy_that_is_added_sees_only_what_comes_later() {
    let (world, teacher) = taught(&[likes(), prefers()].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I like tea.").await;
        server.pass(Duration::from_secs(1)).await;
        let Strategy { name, kind, namespace, .. } = tastes();
        let added = NewStrategy {
            name,
            description: None,
            kind,
            custom: false,
            namespace: Some(namespace),
            schema: Vec::new(),
            record_expiry_days: None,
        };
        let add = vec![added];
        server.update_memory(MemoryChanges { add, ..nothing(&memory) }).await.unwrap();
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes tea."]);
        server.at_rest().await;
        teacher.asked();
        server.says(&ann, "I like milk.").await;
        server.pass(IDLE).await;
        assert_eq!(teacher.asked().len(), 3, "both take it up, and one fact is like another");
    });
}

#[test]
fn the_work_of_a_strategy_goes_with_it() {
    let (world, teacher) = taught(&likes());
    world.live(async |server| {
        let memory = server.learning(vec![tastes()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        let job = server.failed(&memory).await.remove(0).id;
        server.says(&ann, "I like milk.").await;
        teacher.asked();
        server.update_memory(MemoryChanges { delete: vec![tastes().id], ..nothing(&memory) }).await.unwrap();
        calm().await;
        server.at_rest().await;
        for space in ["memory-extraction-jobs", "memory-strategies-gone"] {
            assert_eq!(world.rows(space).await, [], "{space}");
        }
        assert_eq!(server.failed(&memory).await, []);
        let account = AccountId::default();
        assert_eq!(
            server.restart_job(&account, &memory, &job, None).await.unwrap_err().kind(),
            &Kind::NotFound
        );
        server.pass(IDLE).await;
        assert_eq!(teacher.asked().len(), 0);
    });
}

#[test]
fn what_a_model_says_of_a_strategy_that_is_gone_is_not_kept() {
    let slow = likes().replace("[[reply]]\n", "[[reply]]\nwait-millis = 5000\n");
    let (world, _) = taught(&slow);
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        server.update_memory(MemoryChanges { delete: vec![facts().id], ..nothing(&memory) }).await.unwrap();
        server.pass(IDLE).await;
        assert_eq!(server.told().await, Vec::<String>::new());
        server.at_rest().await;
    });
}

#[test]
fn everything_goes_with_the_memory() {
    let (world, _) = taught(&likes());
    world.live(async |server| {
        let memory = server.learning(vec![facts(), tastes()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        server.says(&session(&memory, "ann", "monday"), "I like milk.").await;
        server.delete_memory(&AccountId::default(), &memory, None, None).await.unwrap();
        server.pass(IDLE).await;
        server.at_rest().await;
        assert_eq!(world.rows("memory-extraction-jobs").await, []);
        assert_eq!(server.told().await, Vec::<String>::new());
    });
}
