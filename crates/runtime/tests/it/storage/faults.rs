//! Disks that are full and servers that die while a storage is kept, copied or put away.

use fault::Kind;
use runtime::sessions::{SessionKey, SessionState};
use sandbox_sim::{SimFailure, Step};

use super::checkpoints::{agrees, kept};
use super::world;
use crate::checkpoints::name;
use crate::world::{Server, kind};

#[test]
fn a_full_disk_leaves_sessions_and_checkpoints_as_they_were() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        let fork = server.session_of(&session.runtime, 2);
        for step in [Step::CopySnapshot, Step::RestoreStorage] {
            world.host.fail_next(step, SimFailure::DiskFull);
            let refused = server.fork_session(&session, &name("then"), fork.id.clone()).await.unwrap_err();
            assert_eq!(*refused.kind(), Kind::Unavailable);
            assert!(refused.message().contains("disk is full"), "{refused}");
            world.host.fail_next(step, SimFailure::DiskFull);
            assert_eq!(kind(server.rewind_session(&session, &name("then")).await), Kind::Unavailable);
            assert_eq!(server.live_sessions(), 1, "it runs on");
            agrees(&world).await;
        }
        world.host.fail_next(Step::CopySnapshot, SimFailure::DiskFull);
        assert_eq!(kind(server.create_checkpoint(&session, name("more")).await), Kind::Unavailable);
        server.suspend_session(&session).await.unwrap();
        world.host.fail_next(Step::Resume, SimFailure::DiskFull);
        let refused = server.say(&session, "note").await.unwrap_err();
        assert!(refused.message().contains("still suspended"), "{refused}");
        assert_eq!(server.keep(&session, "note").await, "now");
        server.rewind_session(&session, &name("then")).await.unwrap();
        server.knows(&session, "then").await;
        server.fork_session(&session, &name("then"), fork.id.clone()).await.unwrap();
        server.knows(&fork, "then").await;
        agrees(&world).await;
    });
}

#[test]
fn a_record_that_cannot_be_written_gives_back_what_was_copied() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        server.suspend_session(&session).await.unwrap();
        let fork = server.session_of(&session.runtime, 2);
        for _ in 0..2 {
            world.store.fill_up_once();
            assert_eq!(kind(server.rewind_session(&session, &name("then")).await), Kind::Unavailable);
            world.store.fill_up_once();
            let refused = server.fork_session(&session, &name("then"), fork.id.clone()).await;
            assert_eq!(kind(refused), Kind::Unavailable);
            world.store.fill_up_once();
            assert_eq!(kind(server.create_checkpoint(&session, name("more")).await), Kind::Unavailable);
            agrees(&world).await;
            assert_eq!((world.host.snapshots().len(), world.host.storages().len()), (2, 1));
        }
        server.knows(&session, "now").await;
    });
}

#[test]
fn a_storage_that_cannot_be_put_away_stays_where_it_is() {
    let world = world();
    world.live(async |server| {
        let session = kept(server).await;
        world.blobs.fill_up_once();
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(world.host.storages().len(), 1);
        agrees(&world).await;
        assert_eq!(server.keep(&session, "note").await, "now");
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(world.host.storages(), []);
        assert_eq!(server.keep(&session, "note").await, "now");
        server.rewind_session(&session, &name("then")).await.unwrap();
        server.knows(&session, "then").await;
    });
}

#[test]
fn a_server_that_is_killed_while_a_checkpoint_is_made() {
    killed_at_each_step(
        &async |server, session| drop(server.create_checkpoint(session, name("more")).await.unwrap()),
        &async |server, session, _| {
            let listed = server.list_checkpoints(&session.account, &session.runtime, None).await.unwrap();
            // What is on the list is whole.
            for checkpoint in &listed {
                server.rewind_session(session, &checkpoint.name).await.unwrap();
                server.knows(session, if checkpoint.name == name("then") { "then" } else { "now" }).await;
            }
            assert!(listed.iter().any(|checkpoint| checkpoint.name == name("then")));
        },
    );
}

#[test]
fn a_server_that_is_killed_while_a_session_is_forked() {
    killed_at_each_step(
        &async |server, session| {
            let fork = server.session_of(&session.runtime, 2);
            server.fork_session(session, &name("then"), fork.id).await.unwrap();
        },
        &async |server, session, done| {
            let fork = server.session_of(&session.runtime, 2);
            let there = server.session(&fork).await.is_ok();
            assert!(there || !done);
            if !there {
                server.fork_session(session, &name("then"), fork.id.clone()).await.unwrap();
            }
            server.knows(&fork, "then").await;
            assert_eq!(server.keep(session, "note").await, "now");
        },
    );
}

#[test]
fn a_server_that_is_killed_while_a_session_is_rewound() {
    killed_at_each_step(
        &async |server, session| drop(server.rewind_session(session, &name("then")).await.unwrap()),
        &async |server, session, done| {
            let rewound =
                matches!(server.session(session).await.unwrap().state, SessionState::Suspended { .. })
                    && server.keep(session, "?").await == "then";
            assert!(rewound || !done);
            let note = if rewound { "then" } else { "now" };
            assert_eq!(server.keep(session, "note").await, note, "memory and disk are of one moment");
            server.rewind_session(session, &name("then")).await.unwrap();
            server.knows(session, "then").await;
        },
    );
}

#[test]
fn a_server_that_is_killed_while_a_storage_is_put_away() {
    killed_at_each_step(
        &async |server, session| server.stop_session(session, None).await.unwrap(),
        &async |server, session, _| assert_eq!(server.keep(session, "note").await, "now"),
    );
}

/// Kills a server after each step of what it does to a session that was kept before, and has another one go on.
fn killed_at_each_step(
    act: &impl AsyncFn(&Server<'_>, &SessionKey),
    check: &impl AsyncFn(&Server<'_>, &SessionKey, bool),
) {
    let (mut done, mut steps) = (false, 0);
    while !done {
        let world = world();
        let mut known = None;
        world.live_until_killed(async |server| {
            let session = kept(server).await;
            let died = world.store.die_after(steps);
            tokio::select! {
                biased;
                () = act(server, &session) => done = true,
                _ = died => {}
            }
            known = Some(session);
        });
        let session = known.unwrap();
        world.live(async |server| {
            agrees(&world).await;
            check(server, &session, done).await;
            agrees(&world).await;
            server.delete(&session.runtime).await;
            world.assert_empty().await;
        });
        steps += 1;
    }
    assert!(steps > 10, "it was killed {steps} times only");
}
