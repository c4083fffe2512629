//! A checkpoint holds the storage as it was when the memory was frozen.

use ids::AgentVersion;
use runtime::AgentSpec;
use runtime::sessions::SessionKey;

use super::{keeper, with_storage, world};
use crate::checkpoints::name;
use crate::world::{Server, World, account, until};

/// A session that has been told and has noted `then`, was kept like that, and has gone on to `now`.
pub(super) async fn kept(server: &Server<'_>) -> SessionKey {
    let session = keeper(server).await;
    server.tell(&session, "then").await;
    server.create_checkpoint(&session, name("then")).await.unwrap();
    server.tell(&session, "now").await;
    session
}

#[test]
fn a_fork_has_a_storage_of_its_own() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        let [one, two] = [2, 3].map(|number| server.session_of(&session.runtime, number));
        for fork in [&one, &two] {
            server.fork_session(&session, &name("then"), fork.id.clone()).await.unwrap();
            server.knows(fork, "then").await;
        }
        server.tell(&one, "elsewhere").await;
        for (session, what) in [(&session, "now"), (&one, "elsewhere"), (&two, "then")] {
            server.knows(session, what).await;
            server.stop_session(session, None).await.unwrap();
            assert_eq!(server.keep(session, "note").await, what, "it outlives its session");
        }
        let late = server.session_of(&session.runtime, 4);
        server.fork_session(&session, &name("then"), late.id.clone()).await.unwrap();
        server.knows(&late, "then").await;
        server.delete_checkpoint(&session, &name("then")).await.unwrap();
        server.knows(&late, "then").await;
        agrees(&world).await;
        server.delete(&session.runtime).await;
        world.assert_empty().await;
    });
}

#[test]
fn a_rewind_brings_the_storage_back_with_the_memory() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        for _ in 0..2 {
            server.rewind_session(&session, &name("then")).await.unwrap();
            server.knows(&session, "then").await;
            server.tell(&session, "again").await;
        }
        server.suspend_session(&session).await.unwrap();
        server.rewind_session(&session, &name("then")).await.unwrap();
        server.knows(&session, "then").await;
        server.tell(&session, "again").await;
        server.stop_session(&session, None).await.unwrap();
        let claims = world.rows("blob-claims").await;
        server.rewind_session(&session, &name("then")).await.unwrap();
        assert_eq!(world.rows("blob-claims").await, claims - 1, "what it had stored at its end is given up");
        server.knows(&session, "then").await;
        agrees(&world).await;
    });
}

#[test]
fn what_goes_on_from_a_checkpoint_keeps_its_files_even_if_it_never_runs() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        let fork = server.session_of(&session.runtime, 2);
        server.fork_session(&session, &name("then"), fork.id.clone()).await.unwrap();
        server.rewind_session(&session, &name("then")).await.unwrap();
        for session in [&fork, &session] {
            server.stop_session(session, None).await.unwrap();
            assert_eq!(server.keep(session, "?").await, "", "it is another machine");
            assert_eq!(server.keep(session, "note").await, "then");
        }
        agrees(&world).await;
    });
}

#[test]
fn a_fork_takes_the_place_of_what_its_id_had_stored() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        let other = server.session_of(&session.runtime, 2);
        server.tell(&other, "something else").await;
        server.stop_session(&other, None).await.unwrap();
        server.fork_session(&session, &name("then"), other.id.clone()).await.unwrap();
        server.knows(&other, "then").await;
        agrees(&world).await;
    });
}

#[test]
fn it_belongs_to_the_version_of_the_checkpoint() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        let request = runtime::agents::UpdateAgent {
            account: account(),
            id: session.runtime.clone(),
            spec: with_storage(),
            token: None,
        };
        server.update_agent(request).await.unwrap();
        server.settled(&session.runtime).await;
        let fork = server.session_of(&session.runtime, 2);
        server.fork_session(&session, &name("then"), fork.id.clone()).await.unwrap();
        server.knows(&fork, "then").await;
        server.stop_session(&fork, None).await.unwrap();
        assert_eq!(server.keep(&fork, "note").await, "nothing", "it has moved to the next version");
        let first = AgentVersion::parse("1").unwrap();
        server.delete_version(&account(), &session.runtime, first, None).await.unwrap();
        until("its snapshot is gone", async || world.host.snapshots().is_empty().then_some(())).await;
        agrees(&world).await;
    });
}

/// The machine that was resumed in vain has run, and written: its hook is told before anybody is let in.
#[test]
fn a_session_that_is_resumed_twice_finds_its_storage_as_it_was() {
    let world = world();
    world.live(async |server| {
        let hook = ("FREEHOLD_AFTER_RESTORE".to_owned(), "/restored".to_owned());
        let spec = AgentSpec { environment: [hook].into(), ..with_storage() };
        let session = super::session_from(server, spec).await;
        assert_eq!(server.keep(&session, "restored").await, "x");
        server.suspend_session(&session).await.unwrap();
        for _ in 0..2 {
            world.store.fill_up_once();
            server.say(&session, "restored").await.unwrap_err();
        }
        assert_eq!(server.keep(&session, "restored").await, "xx", "neither of the two has left a trace");
    });
}

/// That what lies on the machine is what records name.
pub(super) async fn agrees(world: &World) {
    let snapshots = world.host.snapshots();
    assert_eq!(world.named_snapshots().await, snapshots.iter().map(ToString::to_string).collect());
    let named = world.named_storages().await;
    let storages = world.host.storages();
    assert!(storages.iter().all(|name| named.contains(name.as_str())), "{storages:?}, of {named:?}");
    let work = std::fs::read_dir(&world.options.work_directory).unwrap();
    let work: Vec<_> = work.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!work.iter().any(|name| name.starts_with("packed-") || name.starts_with("storage-")), "{work:?}");
}

impl Server<'_> {
    /// Has the agent remember the word and note it.
    pub(super) async fn tell(&self, session: &SessionKey, word: &str) {
        assert_eq!(self.keep(session, format!("!{word}")).await, "remembered");
        assert_eq!(self.keep(session, format!("note={word}")).await, "kept");
    }

    /// That the agent remembers the word and has noted it.
    pub(super) async fn knows(&self, session: &SessionKey, word: &str) {
        assert_eq!(self.keep(session, "?").await, word);
        assert_eq!(self.keep(session, "note").await, word);
    }
}
