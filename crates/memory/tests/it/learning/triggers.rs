//! When a session is learned from.

use memory::model::{SelfManaged, Trigger};

use super::*;

fn many() -> String {
    reply(FACTS, "<current_conversation>.*time=", r#"[{"fact": "Something was said."}]"#)
}

#[test]
fn after_so_many_messages_nobody_waits() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        for number in 1..=6 {
            calm().await;
            assert_eq!(teacher.asked().len(), 0, "before message {number}");
            server.says(&ann, "Hello.").await;
        }
        calm().await;
        assert_eq!(teacher.asked().len(), 1);
        server.at_rest().await;
        server.says(&ann, "Hello again.").await;
        calm().await;
        assert_eq!(teacher.asked().len(), 0, "counting begins anew");
        server.pass(IDLE).await;
        assert_eq!(teacher.asked().len(), 1);
    });
}

#[test]
fn after_so_many_tokens_nobody_waits() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, &"word ".repeat(1_000)).await;
        calm().await;
        assert_eq!(teacher.asked().len(), 0);
        server.says(&ann, &"word ".repeat(1_000)).await;
        calm().await;
        assert_eq!(teacher.asked().len(), 1);
    });
}

#[test]
fn every_message_puts_off_the_idle_time() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        for _ in 0..3 {
            server.says(&ann, "Hello.").await;
            server.pass(IDLE / 2).await;
        }
        assert_eq!(teacher.asked().len(), 0);
        server.pass(IDLE / 2).await;
        assert_eq!(teacher.asked().len(), 1);
    });
}

#[test]
fn idle_times_go_on_after_a_restart() {
    let (world, teacher) = taught(&many());
    let memory = world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "Hello.").await;
        server.pass(IDLE / 2).await;
        memory
    });
    world.live(async |server| {
        calm().await;
        assert_eq!(teacher.asked().len(), 0);
        server.pass(IDLE / 2).await;
        assert_eq!(teacher.asked().len(), 1, "{memory}");
        server.at_rest().await;
    });
}

#[test]
fn what_is_not_to_be_learned_from_is_not() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.tells(&ann, NewEvent { extract: false, ..said(&ann, Role::User, "Not this.") }).await;
        let blob = Payload::Blob(serde_json::json!({"not": "this"}));
        server.tells(&ann, NewEvent { payload: vec![blob], ..said(&ann, Role::User, "") }).await;
        server.pass(IDLE).await;
        assert_eq!(teacher.asked().len(), 0);
        let document = Payload::Json(serde_json::json!({"order": 7}));
        server.tells(&ann, NewEvent { payload: vec![document], ..said(&ann, Role::User, "") }).await;
        server.pass(IDLE).await;
        let (_, shown) = teacher.asked().remove(0);
        assert!(shown.contains(r#"<message role="DATA" time="2026-"#) && shown.contains(r#">{"order":7}<"#));
    });
}

#[test]
fn what_was_said_before_is_shown_as_context() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "Long ago.").await;
        server.tells(&ann, NewEvent { extract: false, ..said(&ann, Role::User, "Not this.") }).await;
        server.pass(IDLE).await;
        server.says(&ann, "Now.").await;
        server.pass(IDLE).await;
        let (_, shown) = teacher.asked().remove(1);
        let (past, current) = shown.split_once("<current_conversation>").unwrap();
        assert!(past.contains("Long ago.") && !past.contains("Not this."), "{past}");
        assert!(current.contains("Now.") && !current.contains("Long ago."), "{current}");
    });
}

#[test]
fn a_deleted_event_is_not_learned_from() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        let secret = server.says(&ann, "My secret.").await;
        server.says(&ann, "Hello.").await;
        server.delete_event(&ann, &secret.id).await.unwrap();
        server.pass(IDLE).await;
        let asked = teacher.asked();
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].1.contains("secret"));
        server.at_rest().await;
    });
}

#[test]
fn sessions_are_learned_from_in_their_order() {
    let (world, teacher) = taught(&many());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        for number in 0..18 {
            server.says(&ann, &format!("Number {number}.")).await;
        }
        server.pass(IDLE).await;
        let asked: String = teacher
            .asked()
            .into_iter()
            .map(|(_, user)| {
                let (_, current) = user.split_once("<current_conversation>").unwrap();
                current.to_owned()
            })
            .collect();
        let places: Vec<_> = (0..18)
            .map(|number| asked.match_indices(&format!("Number {number}.")).collect::<Vec<_>>())
            .collect();
        assert!(places.iter().all(|places| places.len() == 1), "each once");
        assert!(places.is_sorted_by_key(|places| places[0].0));
    });
}

#[test]
fn a_strategy_that_waits_long_does_not_hold_up_the_others() {
    let (mut world, teacher) = taught(&many());
    world.options.extract_after_tokens = u32::MAX;
    let slow = SelfManaged {
        triggers: vec![Trigger::Tokens(500_000)],
        topic_arn: "arn:aws:sns:us-east-1:000000000000:talks".to_owned(),
        bucket: "talks".to_owned(),
        history_messages: 0,
    };
    let slow = strategy("slow", StrategyKind::SelfManaged(slow), "/slow/{actorId}");
    world.live(async |server| {
        let memory = server.learning(vec![slow, facts()]).await;
        let ann = session(&memory, "ann", "monday");
        for number in 0..240 {
            server.says(&ann, &format!("Number {number}.")).await;
            if number % 6 == 5 {
                calm().await;
            }
        }
        calm().await;
        let asked: String = teacher.asked().into_iter().map(|(_, user)| user).collect();
        let asked = asked.split("<current_conversation>").skip(1);
        let current: String = asked.map(|part| part.split("</current").next().unwrap_or_default()).collect();
        for number in 0..240 {
            assert_eq!(current.matches(&format!(">Number {number}.<")).count(), 1, "{number}");
        }
        assert_eq!(world.rows("memory-pending").await.len(), 240, "the other one waits for all of them");
        assert_eq!(world.rows("memory-extraction-cursors").await.len(), 1);
    });
}
