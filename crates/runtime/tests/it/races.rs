//! Two things at once, in the order that hurts.

use std::time::Duration;

use fault::Kind;
use ids::EndpointName;
use runtime::Status;
use runtime::agents::CreateAgent;
use sandbox_sim::SimOptions;

use crate::endpoints::new;
use crate::world::{World, account, calm, kind, until};

#[test]
fn a_session_that_is_opened_while_its_runtime_is_deleted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let held = world.store.hold_next("agent-runtime-versions");
        let removal = async {
            let release = held.reached().await;
            server.delete_agent(&account(), &id, None).await.unwrap();
            server.gone(&id).await;
            release.send(()).unwrap();
        };
        let (invoked, ()) = futures_util::future::join(server.count(&session), removal).await;
        assert_eq!(kind(invoked), Kind::NotFound);
        server.quiet().await;
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}

#[test]
fn a_session_that_is_opened_while_its_endpoint_is_deleted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        server.create_endpoint(new(&id, "prod", None)).await.unwrap();
        let mut session = server.session_of(&id, 1);
        session.endpoint = EndpointName::parse("prod").unwrap();
        let held = world.store.hold_next("agent-runtime-versions");
        let removal = async {
            let release = held.reached().await;
            server.delete_endpoint(&account(), &id, &session.endpoint, None).await.unwrap();
            release.send(()).unwrap();
        };
        let (invoked, ()) = futures_util::future::join(server.count(&session), removal).await;
        assert_eq!(kind(invoked), Kind::NotFound);
        server.quiet().await;
        assert_eq!(world.host.running(), []);
    });
}

#[test]
fn a_session_that_is_opened_while_its_version_is_deleted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let held = world.store.hold_next("agent-runtime-versions");
        let removal = async {
            let release = held.reached().await;
            server.update(&id, "main").await;
            let first = ids::AgentVersion::parse("1").unwrap();
            server.delete_version(&account(), &id, first, None).await.unwrap();
            release.send(()).unwrap();
        };
        let (invoked, ()) = futures_util::future::join(server.count(&session), removal).await;
        assert_eq!(kind(invoked), Kind::RuntimeClient);
        server.quiet().await;
        assert_eq!(world.templates(), [format!("{id}.2")], "the deleted version does not come back");
        assert_eq!(world.host.layers().len(), 1);
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn an_endpoint_that_is_created_while_its_version_becomes_ready() {
    let boot_takes = Duration::from_secs(10);
    let world = World::with(SimOptions { boot_takes, ..SimOptions::default() });
    world.live(async |server| {
        let id = server.begin("probe").await;
        until("it boots", async || (!world.host.layers().is_empty()).then_some(())).await;
        let held = world.store.hold_next("agent-runtime-versions");
        let build = async {
            let release = held.reached().await;
            until("the version is built", async || {
                world.clock.advance(boot_takes);
                (server.get(&id).await.unwrap().status == Status::Ready).then_some(())
            })
            .await;
            release.send(()).unwrap();
        };
        let (made, ()) =
            futures_util::future::join(server.create_endpoint(new(&id, "prod", None)), build).await;
        assert_eq!(made.unwrap().status, Status::Ready, "and not waiting for what has happened already");
    });
}

#[test]
fn a_listing_in_which_a_runtime_goes_away() {
    let world = World::new();
    world.live(async |server| {
        server.upload("probe").await;
        for name in ["alpha", "bravo", "charlie"] {
            let made = server.try_create(name, crate::world::spec("probe")).await.unwrap();
            server.settled(&made.id).await;
        }
        let first = server.list_agents(&account(), None, 1).await.unwrap().remove(0);
        let held = world.store.hold_next("agent-runtime-versions");
        let removal = async {
            let release = held.reached().await;
            let bravo = server.list_agents(&account(), Some(&first.arn.runtime), 1).await.unwrap().remove(0);
            server.delete(&bravo.arn.runtime).await;
            release.send(()).unwrap();
        };
        let (page, ()) = futures_util::future::join(server.list_agents(&account(), None, 2), removal).await;
        let names: Vec<_> = page.unwrap().iter().map(|agent| agent.name.to_string()).collect();
        assert_eq!(names, ["alpha", "charlie"], "a page that is not full would end the listing");
    });
}

#[test]
fn tags_that_come_while_the_runtime_is_deleted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let arn = server.arn(&account(), &id).to_string();
        let tags = [("team".to_owned(), "red".to_owned())].into();
        let held = world.store.hold_next("tags");
        let removal = async {
            let release = held.reached().await;
            server.delete(&id).await;
            release.send(()).unwrap();
        };
        let (tagged, ()) = futures_util::future::join(server.tag(&account(), &arn, &tags), removal).await;
        assert_eq!(kind(tagged), Kind::NotFound);
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}

#[test]
fn deletion_while_a_version_is_built() {
    let world = World::with(SimOptions { boot_takes: Duration::from_secs(10), ..SimOptions::default() });
    world.live(async |server| {
        calm().await;
        let asleep = world.clock.sleepers();
        let id = server.begin("probe").await;
        until("it boots", async || (!world.host.layers().is_empty()).then_some(())).await;
        server.delete(&id).await;
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
        calm().await;
        assert_eq!(world.clock.sleepers(), asleep, "nothing boots for nobody");
        let again = server.begin("probe").await;
        assert_ne!(again, id, "the name is free again");
    });
}

#[test]
fn a_version_that_is_deleted_while_it_is_built() {
    let boot_takes = Duration::from_secs(10);
    let world = World::with(SimOptions { boot_takes, ..SimOptions::default() });
    world.live(async |server| {
        let id = server.begin("probe").await;
        until("it is built", async || {
            world.clock.advance(boot_takes);
            (server.get(&id).await.unwrap().status == Status::Ready).then_some(())
        })
        .await;
        let booted = world.probe.starts();
        server.try_update(&id, "main").await.unwrap();
        until("the second boots", async || (world.host.layers().len() == 2).then_some(())).await;
        server.try_update(&id, "probe").await.unwrap();
        let second = ids::AgentVersion::parse("2").unwrap();
        server.delete_version(&account(), &id, second, None).await.unwrap();
        until("the third is built", async || {
            world.clock.advance(boot_takes);
            (server.get(&id).await.unwrap().status == Status::Ready).then_some(())
        })
        .await;
        assert_eq!(world.probe.starts(), booted + 1);
        until("nothing is left of the second", async || {
            (world.templates() == [format!("{id}.1"), format!("{id}.3")] && world.host.layers().len() == 1)
                .then_some(())
        })
        .await;
    });
}

#[test]
fn an_end_while_sessions_start() {
    let world = World::with(SimOptions { start_takes: Duration::from_secs(5), ..SimOptions::default() });
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        calm().await;
        let asleep = world.clock.sleepers();
        let end = async {
            until("it starts", async || (world.clock.sleepers() > asleep).then_some(())).await;
            let time = async {
                until("the requests are refused", async || {
                    let late = server.session_of(&id, 2);
                    (kind(server.count(&late).await) == Kind::Unavailable).then_some(())
                })
                .await;
                world.clock.advance(Duration::from_secs(5));
            };
            futures_util::future::join(server.shut_down(), time).await;
        };
        let (invoked, ()) = futures_util::future::join(server.count(&session), end).await;
        assert_eq!(kind(invoked), Kind::RetryableConflict);
        assert_eq!((server.live_sessions(), world.host.running()), (0, vec![]));
    });
}

#[test]
fn creates_and_deletes_of_one_name() {
    let mut world = World::new();
    world.threads = 4;
    world.live(async |server| {
        server.upload("main").await;
        let turns = (0..6).map(async |_| {
            let request = CreateAgent {
                account: account(),
                name: ids::AgentRuntimeName::parse("same").unwrap(),
                spec: crate::world::spec("main"),
                tags: [("team".to_owned(), "red".to_owned())].into(),
                token: None,
            };
            if let Ok(made) = server.create_agent(request).await {
                // Invoked or refused, whatever it has come to by then.
                let _ = server.say(&server.session_of(&made.id, 1), "{}").await;
                server.delete(&made.id).await;
            }
        });
        futures_util::future::join_all(turns).await;
        server.quiet().await;
        until("the layers are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}
