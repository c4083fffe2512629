//! Endpoints: what they point at, and what that means for sessions.

use std::collections::BTreeMap;

use fault::Kind;
use ids::{AgentRuntimeId, AgentVersion, EndpointName};
use runtime::Status;
use runtime::endpoints::{CreateEndpoint, Endpoint, UpdateEndpoint};
use runtime::sessions::SessionKey;

use crate::world::{Server, World, account, kind};

fn name(text: &str) -> EndpointName {
    EndpointName::parse(text).unwrap()
}

fn number(text: &str) -> AgentVersion {
    AgentVersion::parse(text).unwrap()
}

pub(crate) fn new(id: &AgentRuntimeId, called: &str, version: Option<&str>) -> CreateEndpoint {
    CreateEndpoint {
        account: account(),
        runtime: id.clone(),
        name: name(called),
        version: version.map(number),
        description: None,
        tags: BTreeMap::new(),
        token: None,
    }
}

fn repoint(id: &AgentRuntimeId, called: &str, version: &str) -> UpdateEndpoint {
    UpdateEndpoint {
        account: account(),
        runtime: id.clone(),
        name: name(called),
        version: Some(number(version)),
        description: None,
        token: None,
    }
}

async fn show(server: &Server<'_>, id: &AgentRuntimeId, called: &str) -> (String, String, Status) {
    let Endpoint { live, target, status, .. } =
        server.get_endpoint(&account(), id, &name(called)).await.unwrap();
    (live.map_or("none".to_owned(), |live| live.to_string()), target.to_string(), status)
}

fn through(server: &Server<'_>, id: &AgentRuntimeId, called: &str, number: usize) -> SessionKey {
    SessionKey { endpoint: name(called), ..server.session_of(id, number) }
}

fn shown(live: &str, target: &str, status: Status) -> (String, String, Status) {
    (live.to_owned(), target.to_owned(), status)
}

#[test]
fn default_follows_and_named_ones_pin() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let made = server.create_endpoint(new(&id, "prod", None)).await.unwrap();
        assert_eq!((made.status, made.live, made.target), (Status::Ready, Some(number("1")), number("1")));
        let old = server.session_of(&id, 1);
        assert_eq!(server.version(&old).await.unwrap(), 1);
        server.update(&id, "probe").await;
        assert_eq!(show(server, &id, "DEFAULT").await, shown("2", "2", Status::Ready));
        assert_eq!(show(server, &id, "prod").await, shown("1", "1", Status::Ready));

        assert_eq!(server.version(&old).await.unwrap(), 1, "a session keeps its version");
        assert_eq!(server.version(&server.session_of(&id, 2)).await.unwrap(), 2);
        assert_eq!(server.version(&through(server, &id, "prod", 3)).await.unwrap(), 1);
        let same_id = through(server, &id, "prod", 1);
        assert_eq!(server.count(&same_id).await.unwrap(), 1, "endpoints share no sessions");
        server.stop_session(&old, None).await.unwrap();
        assert_eq!(server.version(&old).await.unwrap(), 2, "once stopped, the id starts anew");

        server.update_endpoint(repoint(&id, "prod", "2")).await.unwrap();
        assert_eq!(server.version(&through(server, &id, "prod", 3)).await.unwrap(), 1);
        assert_eq!(server.version(&through(server, &id, "prod", 4)).await.unwrap(), 2);
        assert_eq!(kind(server.update_endpoint(repoint(&id, "DEFAULT", "1")).await), Kind::Conflict);
        assert_eq!(kind(server.update_endpoint(repoint(&id, "prod", "9")).await), Kind::NotFound);
    });
}

#[test]
fn a_version_that_fails_leaves_the_old_one_live() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let agent = server.update(&id, "crash").await;
        assert_eq!(agent.status, Status::UpdateFailed);
        assert!(agent.failure.unwrap().ends_with("ModuleNotFoundError: No module named 'absent'"));
        assert_eq!(show(server, &id, "DEFAULT").await, shown("1", "2", Status::UpdateFailed));
        assert_eq!(server.version(&server.session_of(&id, 1)).await.unwrap(), 1);
        server.update(&id, "probe").await;
        assert_eq!(show(server, &id, "DEFAULT").await, shown("3", "3", Status::Ready));
        assert_eq!(server.version(&server.session_of(&id, 2)).await.unwrap(), 3);
    });
}

#[test]
fn a_runtime_that_was_never_built_cannot_be_invoked() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("crash").await;
        assert_eq!(show(server, &id, "DEFAULT").await, shown("none", "1", Status::CreateFailed));
        let refused = server.refusal(&server.session_of(&id, 1), "{}").await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        assert!(refused.message().contains("No module named 'absent'"), "{refused}");
        assert_eq!(server.live_sessions(), 0);
    });
}

#[test]
fn deleting_an_endpoint_ends_its_sessions_only() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        for called in ["b", "a"] {
            server.create_endpoint(new(&id, called, Some("1"))).await.unwrap();
        }
        assert_eq!(kind(server.create_endpoint(new(&id, "a", None)).await), Kind::Conflict);
        let listed = server.list_endpoints(&account(), &id, Some(&name("DEFAULT")), 9).await.unwrap();
        assert_eq!(listed.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let (gone, stays) = (through(server, &id, "a", 1), server.session_of(&id, 1));
        server.count(&gone).await.unwrap();
        server.count(&stays).await.unwrap();
        server.delete_endpoint(&account(), &id, &name("a"), None).await.unwrap();
        assert_eq!(server.live_sessions(), 1);
        assert_eq!(kind(server.count(&gone).await), Kind::NotFound);
        assert_eq!(server.count(&stays).await.unwrap(), 2);
        assert_eq!(kind(server.delete_endpoint(&account(), &id, &name("a"), None).await), Kind::NotFound);
        assert_eq!(
            kind(server.delete_endpoint(&account(), &id, &name("DEFAULT"), None).await),
            Kind::Conflict
        );
    });
}

#[test]
fn there_are_ten_endpoints_at_most() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        for number in 2..=10 {
            server.create_endpoint(new(&id, &format!("e{number}"), None)).await.unwrap();
        }
        assert_eq!(kind(server.create_endpoint(new(&id, "e11", None)).await), Kind::QuotaExceeded);
    });
}
