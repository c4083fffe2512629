//! Runtimes: create, read, update, delete, list, tags, client tokens.

use std::collections::BTreeMap;

use fault::{Kind, ValidationReason};
use ids::{AgentRuntimeName, AgentVersion, EndpointName};
use runtime::Status;
use runtime::agents::CreateAgent;
use serde_json::json;
use store::idempotency::{ClientToken, fingerprint};

use crate::world::{World, account, kind, spec, until};

fn number(text: &str) -> AgentVersion {
    AgentVersion::parse(text).unwrap()
}

fn create(name: &str, token: Option<&str>, parameters: &str) -> CreateAgent {
    let token = token.map(|token| ClientToken {
        account: account().to_string(),
        operation: "CreateAgentRuntime",
        token: token.to_owned(),
        fingerprint: fingerprint(&json!(parameters)),
    });
    let tags = BTreeMap::from([("team".to_owned(), "red".to_owned())]);
    CreateAgent {
        account: account(),
        name: AgentRuntimeName::parse(name).unwrap(),
        spec: spec("main"),
        tags,
        token,
    }
}

#[test]
fn a_runtime_from_its_creation_to_its_removal() {
    let world = World::new();
    world.live(async |server| {
        let id = server.begin("main").await;
        assert_eq!(server.get(&id).await.unwrap().version, number("1"));
        let agent = server.settled(&id).await;
        assert_eq!(
            (agent.status, agent.failure, agent.document),
            (Status::Ready, None, json!({"program": "main"}))
        );

        let (one, other) = (server.session_of(&id, 1), server.session_of(&id, 2));
        assert_eq!(server.count(&one).await.unwrap(), 1);
        assert_eq!(server.count(&one).await.unwrap(), 2, "a session keeps its state");
        assert_eq!(server.count(&other).await.unwrap(), 1, "and shares it with no other");
        assert_eq!(world.host.running().len(), 2);

        assert_eq!(server.delete_agent(&account(), &id, None).await.unwrap().status, Status::Deleting);
        server.gone(&id).await;
        assert_eq!(kind(server.count(&one).await), Kind::NotFound);
        assert_eq!(kind(server.delete_agent(&account(), &id, None).await), Kind::NotFound);
        server.create("main").await;
    });
}

#[test]
fn deletion_leaves_nothing() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        let id = server.create_agent(create("main", None, "")).await.unwrap().id;
        server.settled(&id).await;
        server.update(&id, "agent").await;
        server.count(&server.session_of(&id, 1)).await.unwrap();
        server.delete(&id).await;
        until("the layers are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}

#[test]
fn a_name_is_taken_once() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        let both = [server.try_create("same", spec("main")), server.try_create("same", spec("main"))];
        let done = futures_util::future::join_all(both).await;
        let (created, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!((created.len(), refused.len()), (1, 1));
        assert!(refused.into_iter().all(|refused| kind(refused) == Kind::Conflict));
        assert_eq!(server.list_agents(&account(), None, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn a_client_token_makes_a_create_happen_once() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        let calls = (0..4).map(|_| server.create_agent(create("main", Some("token-1"), "a")));
        let results = futures_util::future::join_all(calls).await;
        let first = results[0].as_ref().unwrap();
        assert!(results.iter().all(|result| result.as_ref().unwrap() == first));
        assert_eq!(server.list_agents(&account(), None, 10).await.unwrap().len(), 1);

        let other = server.create_agent(create("another", Some("token-1"), "b")).await;
        let Kind::Validation { reason, .. } = kind(other) else { panic!("not a validation fault") };
        assert_eq!(reason, ValidationReason::IdempotentParameterMismatch);
    });
    world.live(async |server| {
        let again = server.create_agent(create("main", Some("token-1"), "a")).await.unwrap();
        assert_eq!(again.status, Status::Creating, "the first answer, after a restart too");
        assert_eq!(server.list_agents(&account(), None, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn listings_go_on_where_a_page_ended() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        for name in ["delta", "alpha", "charlie", "bravo"] {
            server.try_create(name, spec("main")).await.unwrap();
        }
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = server.list_agents(&account(), after.as_ref(), 3).await.unwrap();
            names.extend(page.iter().map(|agent| agent.name.to_string()));
            let Some(last) = page.last() else { break };
            after = Some(last.arn.runtime.clone());
        }
        assert_eq!(names, ["alpha", "bravo", "charlie", "delta"]);

        let id = after.unwrap();
        server.settled(&id).await;
        for _ in 2..=11 {
            server.update(&id, "agent").await;
        }
        let page = server.list_versions(&account(), &id, Some(number("8")), 2).await.unwrap();
        let versions: Vec<_> = page.iter().map(|agent| agent.version.to_string()).collect();
        assert_eq!(versions, ["9", "10"], "in the order of numbers, not of texts");
        let stranger = ids::AccountId::parse("111111111111").unwrap();
        assert_eq!(server.list_agents(&stranger, None, 10).await.unwrap(), []);
    });
}

#[test]
fn tags_belong_to_what_exists() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        let id = server.create_agent(create("main", None, "")).await.unwrap().id;
        let arn = server.arn(&account(), &id);
        let default = arn.with_endpoint(EndpointName::default_endpoint()).to_string();
        let arn = arn.to_string();
        let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        server.tag(&account(), &arn, &tags(&[("team", "blue"), ("cost", "7")])).await.unwrap();
        server.untag(&account(), &arn, &["cost".to_owned(), "absent".to_owned()]).await.unwrap();
        assert_eq!(server.tags(&account(), &arn).await.unwrap(), tags(&[("team", "blue")]));
        assert_eq!(server.tags(&account(), &default).await.unwrap(), tags(&[]));
        let many: Vec<_> = (0..50).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(|number| (number.as_str(), "")).collect();
        assert_eq!(kind(server.tag(&account(), &arn, &tags(&many)).await), Kind::QuotaExceeded);

        for stranger in ["arn:aws:s3:::bucket", &arn.replace("000000000000", "111111111111")] {
            assert_eq!(kind(server.tags(&account(), stranger).await), Kind::NotFound, "{stranger}");
        }
        server.settled(&id).await;
        server.delete(&id).await;
        assert_eq!(kind(server.tags(&account(), &arn).await), Kind::NotFound);
    });
}

#[test]
fn a_version_that_something_points_at_stays() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let delete = async |version| {
            server.delete_version(&account(), &id, number(version), None).await.map(|gone| gone.version)
        };
        assert_eq!(kind(delete("1").await), Kind::Conflict, "the newest");
        assert_eq!(kind(delete("7").await), Kind::NotFound);
        let session = server.session_of(&id, 1);
        server.count(&session).await.unwrap();
        server.update(&id, "main").await;
        assert_eq!(delete("1").await.unwrap(), Some(number("1")));
        assert_eq!(world.templates(), [format!("{id}.2")]);
        assert_eq!(world.host.layers().len(), 1, "the code of the first version is gone, too");
        assert_eq!(server.version(&session).await.unwrap(), 1, "a session that lives goes on");
        assert_eq!(kind(server.get_agent(&account(), &id, Some(number("1"))).await), Kind::NotFound);

        server.update(&id, "crash").await;
        assert_eq!(kind(delete("2").await), Kind::Conflict, "DEFAULT still runs it");
    });
}

#[test]
fn a_repeated_delete_answers_as_the_first_and_a_repeated_stop_spares_the_next_session() {
    let world = World::new();
    world.live(async |server| {
        server.upload("main").await;
        let id = server.create_agent(create("main", None, "")).await.unwrap().id;
        server.settled(&id).await;
        let token = |operation, token: &str| ClientToken {
            account: account().to_string(),
            operation,
            token: token.to_owned(),
            fingerprint: fingerprint(&json!({ "of": operation })),
        };

        let session = server.session_of(&id, 1);
        let stop = token("StopRuntimeSession", "stop-once");
        assert_eq!(server.count(&session).await.unwrap(), 1);
        server.stop_session(&session, Some(&stop)).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 1, "the id stands for a new session");
        server.stop_session(&session, Some(&stop)).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 2, "which the repetition left alone");

        let delete = token("DeleteAgentRuntime", "delete-once");
        let first = server.delete_agent(&account(), &id, Some(&delete)).await.unwrap();
        server.gone(&id).await;
        assert_eq!(server.delete_agent(&account(), &id, Some(&delete)).await.unwrap(), first);
        assert_eq!(kind(server.delete_agent(&account(), &id, None).await), Kind::NotFound);
    });
}
