//! Jobs that fail, and are made again.

use fault::Kind;
use ids::AccountId;
use memory::extraction::Ingest;
use store::idempotency::ClientToken;

use super::*;

const WAIT: Duration = Duration::from_secs(60);

fn account() -> AccountId {
    AccountId::default()
}

impl Server<'_> {
    /// Lets all waits between attempts pass.
    async fn patience(&self) {
        self.pass(IDLE).await;
        for _ in 0..4 {
            self.pass(WAIT).await;
        }
    }
}

#[test]
fn garbage_is_asked_for_again_and_then_fails_the_job() {
    let garbage = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 4\nsay = 'I had rather not.'\n");
    let add = r#"[{"memory": {"fact": "Ann likes tea."}, "operation": "AddMemory"}]"#;
    let (world, teacher) = taught(&[garbage, likes(), reply(MERGE_FACTS, "coffee.*tea", add)].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        let event = server.says(&ann, "I like tea.").await;
        server.patience().await;
        let asked = teacher.asked();
        assert_eq!(asked.len(), 4);
        assert!(asked[1].0.contains("the answer holds no facts"), "the model is told what was wrong");
        let failed = server.failed(&memory).await;
        let [job] = failed.as_slice() else { panic!("{failed:?}") };
        assert_eq!(job.reason, "extraction: the model's answer cannot be used: the answer holds no facts");
        assert_eq!((job.actor.as_str(), job.session.as_str()), ("ann", "monday"));
        assert_eq!(job.messages.len(), 1);
        assert_eq!((&job.messages[0].event, job.messages[0].index), (&event.id, 0));
        server.at_rest().await;

        server.says(&ann, "I like coffee.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes coffee."], "the session goes on");

        server.restart_job(&account(), &memory, &job.id, None).await.unwrap();
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes coffee.", "Ann likes tea."]);
        assert_eq!(server.failed(&memory).await, []);
        server.at_rest().await;
    });
}

#[test]
fn what_is_not_configured_says_so_and_is_not_tried_for_ever() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        let reason = &server.failed(&memory).await[0].reason;
        assert_eq!(reason, "extraction: the model gave no answer: There are no models.");
        server.at_rest().await;
    });
}

#[test]
fn a_provider_that_is_away_for_a_while_does_no_harm() {
    let away = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 2\nfail = 'unavailable'\n");
    let (world, _) = taught(&[away, likes()].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.patience().await;
        assert_eq!(server.told().await, ["Ann likes tea."]);
        assert_eq!(server.failed(&memory).await, []);
    });
}

#[test]
fn a_job_that_is_made_again_takes_those_before_it_along() {
    let garbage = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 8\nsay = 'No.'\n");
    let both = reply(FACTS, "<current_conversation>.*tea.*coffee", r#"[{"fact": "Both."}]"#);
    let (world, _) = taught(&[garbage, both].concat());
    let memory = world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I like tea.").await;
        server.patience().await;
        server.says(&ann, "I like coffee.").await;
        server.patience().await;
        let failed = server.failed(&memory).await;
        assert_eq!(failed.len(), 2);
        let token = ClientToken {
            account: account().to_string(),
            operation: "StartMemoryExtractionJob",
            token: "t".to_owned(),
            fingerprint: "f".to_owned(),
        };
        for _ in 0..2 {
            let id = server.restart_job(&account(), &memory, &failed[1].id, Some(&token)).await.unwrap();
            assert_eq!(id, failed[1].id);
        }
        memory
    });
    // What was accepted is done, by whichever process.
    world.live(async |server| {
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Both."]);
        assert_eq!(server.failed(&memory).await, []);
        server.at_rest().await;
    });
}

#[test]
fn jobs_are_listed_page_by_page_and_by_what_they_are_of() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        for actor in ["ann", "bo", "cy"] {
            server.says(&session(&memory, actor, "monday"), "Hello.").await;
            server.pass(IDLE).await;
        }
        let all = JobFilter::default();
        let first = server.list_failed_jobs(&account(), &memory, &all, None, 2).await.unwrap();
        let rest =
            server.list_failed_jobs(&account(), &memory, &all, first.next.as_deref(), 2).await.unwrap();
        assert_eq!((first.jobs.len(), rest.jobs.len(), rest.next), (2, 1, None));
        let bo = JobFilter { actor: Some("bo".to_owned()), ..JobFilter::default() };
        let bos = server.list_failed_jobs(&account(), &memory, &bo, None, 9).await.unwrap().jobs;
        assert_eq!(bos.iter().map(|job| job.actor.as_str()).collect::<Vec<_>>(), ["bo"]);
        let unknown = server.restart_job(&account(), &memory, "nothing", None).await.unwrap_err();
        assert_eq!(unknown.kind(), &Kind::NotFound);
    });
}

#[test]
fn text_that_is_handed_in_is_learned_from_and_not_kept() {
    let garbage = format!("[[reply]]\nsystem = '{FACTS}'\ntimes = 4\nsay = 'No.'\n");
    let (world, _) = taught(&[garbage, likes()].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        let ingest = Ingest {
            actor: ann.actor.clone(),
            session: None,
            timestamp: BEGINNING,
            payload: vec![Payload::Conversational { role: Role::User, text: "I like tea.".to_owned() }],
            metadata: Default::default(),
            variables: Default::default(),
        };
        let token = || {
            Some(ClientToken {
                account: account().to_string(),
                operation: "IngestData",
                token: "t".to_owned(),
                fingerprint: "f".to_owned(),
            })
        };
        let first = server.ingest(&account(), &memory, ingest.clone(), token()).await.unwrap();
        let again = server.ingest(&account(), &memory, ingest, token()).await.unwrap();
        assert_eq!(first, again, "once");
        assert_eq!(world.rows("memory-events").await, []);
        assert_eq!(world.rows("memory-pending").await.len(), 1);
        server.patience().await;
        server.at_rest().await;
        let job = server.failed(&memory).await.remove(0);
        assert_eq!((job.session, job.messages.len()), (first, 0));
        server.restart_job(&account(), &memory, &job.id, None).await.unwrap();
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["Ann likes tea."], "a failed job keeps what it is made from");
    });
}

/// A script whose model takes its time.
fn slowly(script: &str) -> String {
    script.replace("[[reply]]\n", "[[reply]]\nwait-millis = 5000\n")
}

#[test]
fn an_event_that_is_deleted_while_the_model_thinks_leaves_nothing() {
    let (world, _) = taught(&slowly(&likes()));
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        let event = server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        server.delete_event(&ann, &event.id).await.unwrap();
        server.patience().await;
        assert_eq!(server.told().await, Vec::<String>::new());
        server.at_rest().await;
    });
}

#[test]
fn a_record_that_goes_while_the_model_thinks_is_decided_about_anew() {
    let merged = r#"[{"memory": {"fact": "Ann likes coffee."}, "operation": "UpdateMemory",
        "update_id": "$id", "updated_memory": {"fact": "Ann likes tea and coffee."}}]"#;
    let merge = slowly(&reply(MERGE_FACTS, r"\[ID\]=(?<id>\S+) ", merged));
    let (world, teacher) = taught(&[likes(), merge].concat());
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        let old = server.remembered().await.remove(0);
        server.says(&ann, "I like coffee.").await;
        server.pass(IDLE).await;
        world.drop_record(&old).await;
        teacher.asked();
        server.patience().await;
        assert_eq!(server.told().await, ["Ann likes coffee."]);
        assert_eq!(teacher.asked().len(), 1, "asked about the conversation once more, and about no record");
        server.at_rest().await;
    });
}

#[test]
fn failed_jobs_end_as_events_do() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        server.says(&session(&memory, "ann", "monday"), "I like tea.").await;
        server.pass(IDLE).await;
        server.days(6).await;
        assert_eq!(server.failed(&memory).await.len(), 1);
        server.days(1).await;
        assert_eq!(server.failed(&memory).await, []);
        server.days(1).await;
        assert_eq!(world.rows("memory-extraction-jobs").await, []);
    });
}
