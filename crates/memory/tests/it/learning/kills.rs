//! Servers that are killed in the middle of learning.

use super::*;

/// Plays a story again and again, each time killing the server one step later: what `prepare` did before stands, then
/// `call` asks for something, and what came of it is checked with a server that nobody kills.
fn wherever_it_is_killed<T>(
    script: &str,
    prepare: &impl AsyncFn(&Server<'_>) -> T,
    call: &impl AsyncFn(&Server<'_>, &T),
    check: &impl AsyncFn(&Server<'_>, &T, bool),
) {
    for steps in 0.. {
        let (world, _) = taught(script);
        let before = world.live(async |server| prepare(server).await);
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = false;
            let story = async {
                call(server, &before).await;
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
            check(server, &before, acknowledged).await;
            server.at_rest().await;
        });
        if finished {
            assert!(steps > 20, "the story takes some steps: {steps}");
            return;
        }
    }
}

#[test]
fn nothing_is_lost_or_learned_twice() {
    let merged = r#"[{"memory": {"fact": "Ann likes coffee."}, "operation": "UpdateMemory",
        "update_id": "$id", "updated_memory": {"fact": "Ann likes tea and coffee."}}]"#;
    let merge = reply(MERGE_FACTS, r"\[ID\]=(?<id>\S+) .*Ann likes tea.*Ann likes coffee", merged);
    let summary = "<summary><global_summary>g</global_summary><delta_detailed_summary>\
                   <topic name=\"T\">$what</topic></delta_detailed_summary></summary>";
    let summary = reply(SUMMARY, r"<current_conversation>.*I like (?<what>\w+)", summary);
    wherever_it_is_killed(
        &[likes(), merge, summary].concat(),
        &async |server| {
            let place = "/sums/{actorId}/{sessionId}";
            let sums = strategy("sums", StrategyKind::Summary(Steps::default()), place);
            let memory = server.learning(vec![facts(), sums]).await;
            let ann = session(&memory, "ann", "monday");
            server.says(&ann, "I like tea.").await;
            server.pass(IDLE).await;
            ann
        },
        &async |server, ann| {
            server.says(ann, "I like coffee.").await;
        },
        &async |server, ann, acknowledged| {
            let told = server.told().await;
            let all = ["<topic name=\"T\">tea\ncoffee</topic>", "Ann likes tea and coffee."];
            let before = ["<topic name=\"T\">tea</topic>", "Ann likes tea."];
            assert!(told == all || (!acknowledged && told == before), "{told:?}");
            assert_eq!(server.failed(&ann.memory).await, []);
        },
    );
}

#[test]
fn a_job_that_was_started_again_is_made_once() {
    let garbage = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 4\nsay = 'No.'\n");
    wherever_it_is_killed(
        &[garbage, likes()].concat(),
        &async |server| {
            let memory = server.learning(vec![facts()]).await;
            server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
            for _ in 0..6 {
                server.pass(IDLE).await;
            }
            let job = server.failed(&memory).await.remove(0).id;
            (memory, job)
        },
        &async |server, (memory, job)| {
            server.restart_job(&ids::AccountId::default(), memory, job, None).await.unwrap();
        },
        &async |server, (memory, _), acknowledged| {
            let (told, failed) = (server.told().await, server.failed(memory).await.len());
            let done = told == ["Ann likes tea."] && failed == 0;
            assert!(done || (!acknowledged && told.is_empty() && failed == 1), "{told:?} {failed}");
        },
    );
}

#[test]
fn an_episode_ends_once() {
    wherever_it_is_killed(
        &episodes::script(),
        &async |server| {
            let memory = server.learning(vec![episodes::episodes()]).await;
            let ann = session(&memory, "ann", "monday");
            server.says(&ann, "A flight to Rome.").await;
            server.pass(IDLE).await;
            ann
        },
        &async |server, ann| {
            server.says(ann, "Thanks, booked.").await;
        },
        &async |server, _, acknowledged| {
            let (told, open) = (server.told().await, server.world.rows("memory-open-episodes").await.len());
            let done = told.len() == 2 && told[1].contains("fly to Rome") && open == 0;
            assert!(done || (!acknowledged && told.is_empty() && open == 1), "{told:?} {open}");
        },
    );
}
