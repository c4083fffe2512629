//! What a server finds when it starts again.

use std::time::Duration;

use runtime::Status;
use sandbox::Engine;
use sandbox_sim::{SimEngine, SimOptions};

use crate::world::{World, account, calm, until};

fn slow_boots() -> World {
    World::with(SimOptions { boot_takes: Duration::from_secs(10), ..SimOptions::default() })
}

#[test]
fn sessions_of_a_killed_server_have_ended() {
    let world = World::new();
    let mut known = None;
    world.live_until_killed(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        server.count(&session).await.unwrap();
        server.count(&server.session_of(&id, 2)).await.unwrap();
        known = Some((id, session));
    });
    assert_eq!(world.host.running().len(), 2, "they outlive it");
    let (id, session) = known.unwrap();
    world.live(async |server| {
        assert_eq!((server.live_sessions(), world.host.running()), (0, vec![]));
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 1);
        assert_eq!(world.probe.starts(), 1, "from the template that was kept");
        assert_eq!(world.templates(), [format!("{id}.1")]);
    });
}

#[test]
fn half_built_versions_are_built() {
    let world = slow_boots();
    let mut ids = Vec::new();
    world.live_until_killed(async |server| {
        for program in ["probe", "main"] {
            ids.push(server.begin(program).await);
        }
        until("a build is under way", async || (!world.host.layers().is_empty()).then_some(())).await;
    });
    assert_eq!(world.templates(), Vec::<String>::new());
    world.live(async |server| {
        for id in &ids {
            assert_eq!(server.get(id).await.unwrap().status, Status::Creating);
        }
        for id in &ids {
            until("it is built", async || {
                world.clock.advance(Duration::from_secs(10));
                (server.get(id).await.unwrap().status == Status::Ready).then_some(())
            })
            .await;
        }
    });
}

#[test]
fn an_orderly_end_loses_no_build() {
    let world = slow_boots();
    let mut id = None;
    world.live(async |server| {
        id = Some(server.begin("probe").await);
        until("it is under way", async || (!world.host.layers().is_empty()).then_some(())).await;
    });
    world.live(async |server| {
        until("it is built", async || {
            world.clock.advance(Duration::from_secs(10));
            (server.get(id.as_ref().unwrap()).await.unwrap().status == Status::Ready).then_some(())
        })
        .await;
    });
}

#[test]
fn a_deletion_is_finished() {
    let world = World::with(SimOptions { start_takes: Duration::from_secs(5), ..SimOptions::default() });
    let mut id = None;
    world.live_until_killed(async |server| {
        let created = server.create("probe").await;
        let session = server.session_of(&created, 1);
        calm().await;
        let asleep = world.clock.sleepers();
        // A session that does not come up keeps the deletion waiting.
        let begun = async {
            until("it starts", async || (world.clock.sleepers() > asleep).then_some(())).await;
            server.delete_agent(&account(), &created, None).await.unwrap();
        };
        tokio::select! {
            biased;
            _ = server.count(&session) => {}
            () = begun => {}
        }
        assert_eq!(server.get(&created).await.unwrap().status, Status::Deleting);
        id = Some(created);
    });
    world.live(async |server| {
        server.gone(id.as_ref().unwrap()).await;
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}

#[test]
fn a_template_that_is_gone_is_made_again_when_it_is_needed() {
    let world = World::new();
    let mut id = None;
    world.live(async |server| id = Some(server.create("probe").await));
    // An engine that keeps nothing, as after an update of the VMM.
    let threads = tokio::runtime::Builder::new_current_thread().build().unwrap();
    threads.block_on(SimEngine::new(world.host.clone()).recover(&sandbox::Keep::default())).unwrap();
    assert_eq!((world.templates().len(), world.host.layers().len()), (0, 0));
    world.live(async |server| {
        let id = id.as_ref().unwrap();
        assert_eq!(server.get(id).await.unwrap().status, Status::Ready);
        assert_eq!(world.probe.starts(), 1, "not before");
        let sessions: Vec<_> = (0..4).map(|number| server.session_of(id, number)).collect();
        let counts =
            futures_util::future::join_all(sessions.iter().map(|session| server.count(session))).await;
        assert!(counts.into_iter().all(|count| count.unwrap() == 1));
        assert_eq!(world.probe.starts(), 2);
    });
}

#[test]
fn unpacked_code_of_a_killed_server_is_removed() {
    let world = World::new();
    let left = world.options.work_directory.join("left");
    std::fs::create_dir_all(&left).unwrap();
    world.live(async |_| assert!(!left.exists()));
}
