//! How many tokens models read and write in a minute, where AgentCore's quotas are to hold.

use memory::RequestRates;
use memory::model::Trigger;

use super::*;
use crate::self_managed::owned;
use crate::world::{BUCKET, OBJECTS};

/// Two minutes' worth is missing after it.
const FAR_TOO_MUCH: &str = "usage = { input = 450_000 }\n";
/// A third of what an account has in a minute, and of a session's episodes twice as much as they have.
const TOO_MUCH_FOR_EPISODES: &str = "usage = { input = 100_000 }\n";

#[test]
fn an_account_waits_for_what_it_took_beyond_its_minute() {
    let (mut world, _) = taught(&(likes() + FAR_TOO_MUCH));
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes tea."]);
        server.says(&session(&memory, "bea", "tuesday"), "I like milk.").await;
        for seconds in [10, 100] {
            server.pass(Duration::from_secs(seconds)).await;
            assert_eq!(server.told().await, ["Ann likes tea."]);
        }
        server.pass(Duration::from_secs(11)).await;
        assert_eq!(server.told().await, ["Ann likes milk.", "Ann likes tea."]);
        server.at_rest().await;
    });
}

#[test]
fn episodes_of_one_session_wait_and_others_do_not() {
    let any = "<current_turns>.*<turn_id>(?<id>\\d+)</turn_id>.*";
    let (mut world, teacher) = taught(&(reply(TURNS, any, &episodes::turn("No")) + TOO_MUCH_FOR_EPISODES));
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let memory = server.learning(vec![episodes::episodes()]).await;
        let (monday, tuesday) = (session(&memory, "ann", "monday"), session(&memory, "bea", "tuesday"));
        let asked = async |seconds| {
            server.pass(Duration::from_secs(seconds)).await;
            teacher.asked().len()
        };
        server.says(&monday, "A flight to Rome.").await;
        assert_eq!(asked(10).await, 1);
        server.says(&monday, "On Friday.").await;
        assert_eq!(asked(10).await, 0);
        server.says(&tuesday, "A train to Bern.").await;
        assert_eq!(asked(10).await, 1, "the account has some left");
        assert_eq!(asked(39).await, 0);
        assert_eq!(asked(11).await, 1, "a minute after the first, and a little for the words of the answer");
    });
}

#[test]
fn nonsense_about_what_an_answer_took_is_over_after_a_while() {
    let nonsense = "usage = { input = 9_000_000_000_000_000_000 }\n";
    let (mut world, _) = taught(&(likes() + nonsense));
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        server.says(&session(&memory, "bea", "tuesday"), "I like milk.").await;
        server.pass(Duration::from_mins(8)).await;
        assert_eq!(server.told().await, ["Ann likes tea."]);
        server.pass(Duration::from_mins(2)).await;
        assert_eq!(server.told().await, ["Ann likes milk.", "Ann likes tea."]);
    });
}

#[test]
fn strategies_that_ask_no_model_do_not_wait() {
    let (mut world, _) = taught(&(likes() + FAR_TOO_MUCH));
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let owned = owned(BUCKET, Trigger::Messages(1));
        let memory = server.learning(vec![facts(), owned]).await;
        for actor in ["ann", "bea"] {
            server.says(&session(&memory, actor, "monday"), "I like tea.").await;
            server.pass(IDLE).await;
        }
        assert_eq!(server.told().await, ["Ann likes tea."]);
        assert_eq!(world.rows(OBJECTS.name()).await.len(), 2);
    });
}

#[test]
fn who_waits_holds_nobody_up() {
    let any = "<current_turns>.*<turn_id>(?<id>\\d+)</turn_id>.*";
    let turn = reply(TURNS, any, &episodes::turn("No"));
    let milk = r#"[{"memory": {"fact": "Ann likes milk."}, "operation": "AddMemory"}]"#;
    let merge = reply(MERGE_FACTS, "Ann likes milk", milk);
    let (mut world, _) = taught(&(turn + "usage = { input = 60_000 }\n" + &likes() + &merge));
    (world.options.request_rates, world.options.concurrent_extractions) = (RequestRates::AgentCore, 1);
    world.live(async |server| {
        let memory = server.learning(vec![episodes::episodes(), facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        // Episodes of this session wait now, its facts do not, nor does anybody else.
        server.says(&session(&memory, "ann", "monday"), "I like milk.").await;
        server.says(&session(&memory, "bea", "tuesday"), "I like juice.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes juice.", "Ann likes milk.", "Ann likes tea."]);
        assert_ne!(world.rows("memory-pending").await, []);
        server.pass(Duration::from_mins(1)).await;
        assert_eq!(world.rows("memory-pending").await, []);
    });
}

#[test]
fn nobody_waits_unless_that_is_asked_for() {
    let (world, _) = taught(&(likes() + FAR_TOO_MUCH));
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        for (actor, what) in [("ann", "tea"), ("bea", "milk")] {
            server.says(&session(&memory, actor, "monday"), &format!("I like {what}.")).await;
            server.pass(IDLE).await;
        }
        assert_eq!(server.told().await, ["Ann likes milk.", "Ann likes tea."]);
    });
}
