//! What a session keeps in its storage is there for the next session of its id, and for nobody else.

mod checkpoints;
mod faults;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use ids::EndpointName;
use runtime::sessions::SessionKey;
use runtime::{AgentSpec, SessionStorage};
use sandbox::{Exchange, Reply, TemplateSpec};
use sandbox_sim::{NoReply, SimMachine, SimProcess, SimProgram, reply};
use stdx::{BoxFuture, ByteStream};
use store::{KeyRange, Space, Store};

use crate::world::{Server, World, account, spec, text, until};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn it_outlives_sessions_and_servers_and_is_nobody_elses() {
    let world = world();
    let mut session = None;
    world.live(async |server| {
        let session = session.insert(keeper(server).await);
        assert_eq!(server.keep(session, "note=hello").await, "kept");
        server.stop_session(session, None).await.unwrap();
        assert_eq!(world.host.storages(), [], "it is in the blob area");
        assert_eq!(server.keep(session, "note").await, "hello");
        let other = server.session_of(&session.runtime, 2);
        assert_eq!(server.keep(&other, "note").await, "nothing");
    });
    let session = session.unwrap();
    world.live_until_killed(async |server| {
        assert_eq!(server.keep(&session, "note").await, "hello");
        assert_eq!(server.keep(&session, "note=again").await, "kept");
    });
    world.live(async |server| {
        assert_eq!(world.host.storages().len(), 1, "what the crash left is not lost");
        assert_eq!(server.keep(&session, "note").await, "again");
        server.delete(&session.runtime).await;
        world.assert_empty().await;
        assert_eq!(world.host.storages(), []);
    });
}

#[test]
fn a_suspended_session_goes_on_with_it() {
    let world = world();
    world.live(async |server| {
        let session = keeper(server).await;
        server.keep(&session, "note=hello").await;
        server.suspend_session(&session).await.unwrap();
        assert_eq!(world.host.storages().len(), 1);
        assert_eq!(server.keep(&session, "note").await, "hello");
        server.keep(&session, "more=words").await;
        server.suspend_session(&session).await.unwrap();
        server.stop_session(&session, None).await.unwrap();
        assert_eq!((world.host.storages(), world.host.snapshots()), (vec![], vec![]));
        assert_eq!(server.keep(&session, "more").await, "words");
    });
}

#[test]
fn another_version_and_a_long_time_begin_it_empty() {
    let world = world();
    world.live(async |server| {
        let session = keeper(server).await;
        server.keep(&session, "note=hello").await;
        server.stop_session(&session, None).await.unwrap();
        let request = runtime::agents::UpdateAgent {
            account: account(),
            id: session.runtime.clone(),
            spec: with_storage(),
            token: None,
        };
        server.update_agent(request).await.unwrap();
        server.settled(&session.runtime).await;
        assert_eq!(server.keep(&session, "note").await, "nothing");
        server.keep(&session, "note=new").await;
        server.stop_session(&session, None).await.unwrap();

        world.clock.advance(13 * DAY);
        assert_eq!(server.keep(&session, "note").await, "new");
        server.stop_session(&session, None).await.unwrap();
        world.clock.advance(14 * DAY + Duration::from_secs(1));
        assert_eq!(server.keep(&session, "note").await, "nothing");
    });
}

#[test]
fn what_nobody_uses_is_removed() {
    let world = world();
    world.live(async |server| {
        let session = keeper(server).await;
        server.keep(&session, "note=hello").await;
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(world.rows("agent-runtime-session-storages").await, 1);
        let claims = world.rows("blob-claims").await;
        world.clock.advance(15 * DAY);
        until("it is removed", async || {
            (world.rows("agent-runtime-session-storages").await == 0).then_some(())
        })
        .await;
        assert_eq!(world.rows("blob-claims").await, claims - 1);
    });
}

#[test]
fn it_goes_with_its_endpoint() {
    let world = world();
    world.live(async |server| {
        let session = keeper(server).await;
        let name = EndpointName::parse("side").unwrap();
        let request = runtime::endpoints::CreateEndpoint {
            account: account(),
            runtime: session.runtime.clone(),
            name: name.clone(),
            version: None,
            description: None,
            tags: std::collections::BTreeMap::new(),
            token: None,
        };
        server.create_endpoint(request).await.unwrap();
        let side = SessionKey { endpoint: name.clone(), ..session.clone() };
        server.keep(&side, "note=hello").await;
        assert_eq!(server.keep(&session, "note").await, "nothing", "endpoints do not share sessions");
        server.delete_endpoint(&account(), &session.runtime, &name, None).await.unwrap();
        assert_eq!(world.rows("agent-runtime-session-storages").await, 1);
    });
}

pub(crate) fn world() -> World {
    let world = World::new();
    world.host.install("keeper", Keeper::default());
    world
}

fn with_storage() -> AgentSpec {
    AgentSpec { session_storage: Some(SessionStorage { mount: "/mnt/data".to_owned() }), ..spec("keeper") }
}

/// A session of the agent that keeps notes.
pub(crate) async fn keeper(server: &Server<'_>) -> SessionKey {
    session_from(server, with_storage()).await
}

async fn session_from(server: &Server<'_>, spec: AgentSpec) -> SessionKey {
    server.upload("keeper").await;
    let agent = server.create_from(spec).await;
    server.session_of(&agent.arn.runtime, 1)
}

impl Server<'_> {
    pub(crate) async fn keep(&self, session: &SessionKey, words: impl Into<Bytes>) -> String {
        text(self.invoke_with(session, words, &[]).await.unwrap()).await
    }
}

impl World {
    pub(crate) async fn rows(&self, space: &'static str) -> usize {
        self.store.range(Space::new(space), &KeyRange::all(), usize::MAX).await.unwrap().len()
    }
}

/// An agent that writes `name=text` to its storage and reads `name` from it; and remembers what it was told last with
/// `!text`, which it says when asked `?`. Each time it is told that it was restored it adds an `x` to `restored`.
#[derive(Default)]
struct Keeper(Arc<Mutex<String>>);

impl SimProgram for Keeper {
    fn start(&self, _: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        Arc::new(Self::default())
    }
}

impl SimProcess for Keeper {
    fn exchange(
        &self,
        exchange: Exchange,
        machine: SimMachine,
    ) -> BoxFuture<'static, Result<Reply, NoReply>> {
        let memory = Arc::clone(&self.0);
        Box::pin(async move {
            if exchange.target == "/ping" {
                return Ok(reply(200, "application/json", ByteStream::once(r#"{"status":"Healthy"}"#)));
            }
            if exchange.target == "/restored" {
                let before = machine.stored("restored").unwrap_or_default();
                machine.store("restored", [&before[..], b"x"].concat().into());
                return Ok(reply(200, "text/plain", ByteStream::empty()));
            }
            let body = exchange.body.collect(1 << 20).await.map_err(|error| NoReply(error.to_string()))?;
            let words = String::from_utf8(body.to_vec()).unwrap();
            let answer = if let Some(told) = words.strip_prefix('!') {
                told.clone_into(&mut memory.lock().unwrap());
                Bytes::from_static(b"remembered")
            } else if words == "?" {
                Bytes::from(memory.lock().unwrap().clone())
            } else if let Some((name, text)) = words.split_once('=') {
                assert!(machine.store(name, Bytes::from(text.to_owned())));
                Bytes::from_static(b"kept")
            } else {
                machine.stored(&words).unwrap_or(Bytes::from_static(b"nothing"))
            };
            Ok(reply(200, "text/plain", ByteStream::once(answer)))
        })
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        let memory = self.0.lock().unwrap().clone();
        Arc::new(Self(Arc::new(Mutex::new(memory))))
    }
}
