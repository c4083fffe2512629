//! Servers that are killed in the middle of learning.

use super::*;

/// A memory with two strategies, two events, and a merge at the second.
fn script() -> String {
    let merged = r#"[{"memory": {"fact": "Ann likes coffee."}, "operation": "UpdateMemory",
        "update_id": "$id", "updated_memory": {"fact": "Ann likes tea and coffee."}}]"#;
    let merge = reply(MERGE_FACTS, r"\[ID\]=(?<id>\S+) .*Ann likes tea.*Ann likes coffee", merged);
    let summary = "<summary><global_summary>g</global_summary><delta_detailed_summary>\
                   <topic name=\"T\">$what</topic></delta_detailed_summary></summary>";
    let summary = reply(SUMMARY, r"<current_conversation>.*I like (?<what>\w+)", summary);
    [likes(), merge, summary].concat()
}

fn strategies() -> Vec<Strategy> {
    let sums = strategy("sums", StrategyKind::Summary(Steps::default()), "/sums/{actorId}/{sessionId}");
    vec![facts(), sums]
}

#[test]
fn nothing_is_lost_or_learned_twice_wherever_a_server_is_killed() {
    let mut steps = 0;
    loop {
        let (world, _) = taught(&script());
        let memory = world.live(async |server| {
            let memory = server.learning(strategies()).await;
            server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
            server.pass(IDLE).await;
            assert_eq!(server.told().await, ["<topic name=\"T\">tea</topic>", "Ann likes tea."]);
            memory
        });
        let ann = session(&memory, "ann", "monday");
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = false;
            let story = async {
                let event = said(&ann, Role::User, "I like coffee.");
                server.create_event(&ann.account, &memory, event, None).await.unwrap();
                acknowledged = true;
                server.pass(IDLE).await;
                calm().await;
            };
            let finished = tokio::select! {
                biased;
                _ = died => false,
                () = story => true,
            };
            (acknowledged, finished)
        });
        world.live(async |server| {
            server.pass(IDLE).await;
            calm().await;
            let told = server.told().await;
            let all = ["<topic name=\"T\">tea\ncoffee</topic>", "Ann likes tea and coffee."];
            let before = ["<topic name=\"T\">tea</topic>", "Ann likes tea."];
            assert!(told == all || (!acknowledged && told == before), "after {steps} steps: {told:?}");
            assert_eq!(server.failed(&memory).await, []);
            server.at_rest().await;
        });
        if finished {
            assert!(steps > 50, "the story takes some steps: {steps}");
            return;
        }
        steps += 1;
    }
}

#[test]
fn a_job_that_was_started_again_is_made_once_wherever_a_server_is_killed() {
    let mut steps = 0;
    loop {
        let garbage = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 4\nsay = 'No.'\n");
        let (world, _) = taught(&[garbage, likes()].concat());
        let (memory, job) = world.live(async |server| {
            let memory = server.learning(vec![facts()]).await;
            server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
            for _ in 0..6 {
                server.pass(IDLE).await;
            }
            let job = server.failed(&memory).await.remove(0).id;
            (memory, job)
        });
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = false;
            let story = async {
                server.restart_job(&ids::AccountId::default(), &memory, &job, None).await.unwrap();
                acknowledged = true;
                server.pass(IDLE).await;
            };
            let finished = tokio::select! {
                biased;
                _ = died => false,
                () = story => true,
            };
            (acknowledged, finished)
        });
        world.live(async |server| {
            server.pass(IDLE).await;
            let (told, failed) = (server.told().await, server.failed(&memory).await.len());
            let done = told == ["Ann likes tea."] && failed == 0;
            assert!(
                done || (!acknowledged && told.is_empty() && failed == 1),
                "after {steps}: {told:?} {failed}"
            );
            server.at_rest().await;
        });
        if finished {
            assert!(steps > 20, "the story takes some steps: {steps}");
            return;
        }
        steps += 1;
    }
}
