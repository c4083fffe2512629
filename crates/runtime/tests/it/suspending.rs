//! Sessions that cost nothing while nobody uses them.

mod kills;
mod races;
mod time;

use std::time::Duration;

use fault::Kind;
use runtime::sessions::SessionState;
use sandbox_sim::{SimFailure, SimOptions, Step};

use crate::world::{QUIET, Server, World, account, calm, kind, living, spec, until};

#[test]
fn a_quiet_session_costs_nothing_and_goes_on_where_it_was() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.rest(server, &session).await;
        assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], 1));
        assert_eq!((server.live_sessions(), server.suspended_sessions()), (0, 1));
        assert_eq!(server.count(&session).await.unwrap(), 2, "with its state");
        assert_eq!((world.host.running().len(), world.host.snapshots()), (1, vec![]));
        assert_eq!((server.live_sessions(), server.suspended_sessions()), (1, 0));
        assert_eq!(world.probe.starts(), 1);
    });
}

#[test]
fn a_suspended_session_outlives_the_server() {
    let world = World::drowsy();
    let mut session = None;
    for (count, killed) in [(2, false), (3, true), (4, true), (5, false)] {
        let life = async |server: &Server<'_>| {
            let session = match &session {
                None => session.insert(server.one_session(spec("probe")).await),
                Some(session) => session,
            };
            assert_eq!(server.count(session).await.unwrap(), count);
            world.rest(server, session).await;
        };
        if killed {
            world.live_until_killed(life);
        } else {
            world.live(life);
        }
        assert_eq!(world.host.snapshots().len(), 1);
    }
}

#[test]
fn two_requests_at_once_resume_it_once() {
    let mut world = World::drowsy();
    world.threads = 4;
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        for round in 0..20 {
            server.suspend_session(&session).await.unwrap();
            assert_eq!(world.host.running(), []);
            let (one, two) = futures_util::future::join(server.count(&session), server.count(&session)).await;
            let mut counts = [one.unwrap(), two.unwrap()];
            counts.sort_unstable();
            assert_eq!(counts, [2 + 2 * round, 3 + 2 * round]);
            assert_eq!((world.host.running().len(), world.host.snapshots().len()), (1, 0));
        }
    });
}

#[test]
fn idle_time_and_lifetime_end_a_suspended_session() {
    for (idle, lifetime, reason) in
        [(900, 28_800, "it was idle for too long"), (900, 900, "it reached its maximum lifetime")]
    {
        let world = World::drowsy();
        world.live(async |server| {
            let session = server.one_session(living(idle, lifetime)).await;
            world.rest(server, &session).await;
            world.clock.advance(Duration::from_secs(879));
            calm().await;
            assert!(matches!(server.state(&session).await, SessionState::Suspended { .. }));
            world.clock.advance(Duration::from_secs(1));
            assert_eq!(server.end_of(&session).await, reason);
            until("its snapshot is gone", async || world.host.snapshots().is_empty().then_some(())).await;
            assert_eq!(server.count(&session).await.unwrap(), 1, "its id stands for a new one");
        });
    }
}

#[test]
fn one_whose_time_came_while_no_server_ran_ends() {
    let world = World::drowsy();
    let mut known = None;
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.rest(server, &session).await;
        known = Some(session);
    });
    world.clock.advance(Duration::from_secs(900));
    world.live(async |server| {
        let session = known.as_ref().unwrap();
        assert_eq!(server.end_of(session).await, "it was idle for too long");
        until("its snapshot is gone", async || world.host.snapshots().is_empty().then_some(())).await;
    });
}

#[test]
fn stopping_ends_a_suspended_session() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.rest(server, &session).await;
        server.stop_session(&session, None).await.unwrap();
        assert_eq!((world.host.snapshots(), server.suspended_sessions()), (vec![], 0));
        assert_eq!(server.end_of(&session).await, "its owner stopped it");
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(kind(server.resume_session(&session).await), Kind::Conflict);
        assert_eq!(kind(server.suspend_session(&session).await), Kind::Conflict);
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn a_full_disk_leaves_it_running_and_it_is_tried_again() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.host.fail_next(Step::Suspend, SimFailure::DiskFull);
        assert_eq!(kind(server.suspend_session(&session).await), Kind::Unavailable);
        assert_eq!((world.host.running().len(), world.host.snapshots().len()), (1, 0));
        assert_eq!(server.count(&session).await.unwrap(), 2);
        calm().await;
        world.clock.advance(QUIET);
        calm().await;
        assert_eq!(server.state(&session).await, SessionState::Idle, "not before a while has passed");
        world.clock.advance(Duration::from_secs(10));
        server.asleep(&session).await;
        assert_eq!(server.count(&session).await.unwrap(), 3);
    });
}

#[test]
fn a_resumption_that_fails_can_be_tried_again() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.rest(server, &session).await;
        for (failure, expected) in [
            (SimFailure::DiskFull, Kind::Unavailable),
            (SimFailure::EngineDies("signal 9".to_owned()), Kind::RetryableConflict),
        ] {
            world.host.fail_next(Step::Resume, failure);
            assert_eq!(kind(server.count(&session).await), expected);
            server.asleep(&session).await;
        }
        assert_eq!(server.count(&session).await.unwrap(), 2);
    });
}

#[test]
fn a_snapshot_of_another_machine_is_refused_and_the_session_begins_anew() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.rest(server, &session).await;
        let snapshot = world.host.snapshots().remove(0);
        world.host.spoil_snapshot(&snapshot, "made with another version of QEMU");
        assert_eq!(server.count(&session).await.unwrap(), 1);
        assert_eq!((world.host.snapshots(), world.host.running().len()), (vec![], 1));
        let row = world.session_row(&session).await;
        assert_eq!(row["restarted"], "made with another version of QEMU", "{row}");
    });
}

#[test]
fn only_what_is_idle_is_suspended_on_demand() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        let mut stream = server.say(&session, "stream").await.unwrap();
        stream.body.next().await.unwrap().unwrap();
        assert_eq!(kind(server.suspend_session(&session).await), Kind::Conflict);
        assert_eq!(server.state(&session).await, SessionState::Active { requests: 1 });
        drop(stream);
        world.probe.answer_pings(r#"{"status":"HealthyBusy"}"#);
        assert_eq!(kind(server.suspend_session(&session).await), Kind::Conflict);
        world.probe.answer_pings(r#"{"status":"Healthy"}"#);
        server.suspend_session(&session).await.unwrap();
        server.asleep(&session).await;
        server.suspend_session(&session).await.unwrap();
        assert_eq!(server.resume_session(&session).await.unwrap().state, SessionState::Idle);
        server.resume_session(&session).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 3);
        let never_was = server.session_of(&session.runtime, 2);
        assert_eq!(kind(server.suspend_session(&never_was).await), Kind::NotFound);
        assert_eq!(kind(server.resume_session(&never_was).await), Kind::NotFound);
    });
}

#[test]
fn a_stream_and_a_busy_agent_keep_a_session_awake() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        let mut stream = server.say(&session, "stream").await.unwrap();
        stream.body.next().await.unwrap().unwrap();
        for _ in 0..20 {
            world.clock.advance(QUIET);
            calm().await;
            assert_eq!(server.state(&session).await, SessionState::Active { requests: 1 });
        }
        drop(stream);
        calm().await;
        world.rest(server, &session).await;
    });
}

#[test]
fn eight_hours_of_work_are_never_interrupted() {
    let world = World::drowsy();
    world.probe.answer_pings(r#"{"status":"HealthyBusy","time_of_last_update":1}"#);
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        for minute in 1..8 * 60 {
            world.clock.advance(Duration::from_secs(60));
            calm().await;
            assert_eq!(server.state(&session).await, SessionState::Idle, "after {minute} minutes");
        }
        assert_eq!(server.count(&session).await.unwrap(), 2);
        world.clock.advance(Duration::from_secs(60));
        assert_eq!(server.end_of(&session).await, "it reached its maximum lifetime");
        assert_eq!(world.host.snapshots(), []);
    });
}

#[test]
fn a_request_that_comes_while_it_is_suspended_waits_and_is_answered() {
    let world =
        World::drowsy_with(SimOptions { suspend_takes: Duration::from_secs(1), ..SimOptions::default() });
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        calm().await;
        world.clock.advance(QUIET);
        until("it is being suspended", async || {
            (server.state(&session).await == SessionState::Suspending).then_some(())
        })
        .await;
        let time = async {
            calm().await;
            world.clock.advance(Duration::from_secs(1));
        };
        let (count, ()) = futures_util::future::join(server.count(&session), time).await;
        assert_eq!(count.unwrap(), 2);
        assert_eq!(world.host.snapshots(), []);
    });
}

#[test]
fn only_sessions_that_live_count_against_the_limit() {
    let mut world = World::drowsy();
    world.options.max_sessions = 1;
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        let other = server.session_of(&session.runtime, 2);
        assert_eq!(kind(server.count(&other).await), Kind::QuotaExceeded);
        world.rest(server, &session).await;
        server.count(&other).await.unwrap();
        assert_eq!(kind(server.count(&session).await), Kind::QuotaExceeded);
        server.stop_session(&other, None).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 2);
    });
}

#[test]
fn what_a_suspended_session_belongs_to_takes_it_along() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        let mut through_prod = session.clone();
        server.create_endpoint(crate::endpoints::new(&session.runtime, "prod", None)).await.unwrap();
        through_prod.endpoint = ids::EndpointName::parse("prod").unwrap();
        server.count(&through_prod).await.unwrap();
        for session in [&session, &through_prod] {
            server.suspend_session(session).await.unwrap();
        }
        server.delete_endpoint(&account(), &session.runtime, &through_prod.endpoint, None).await.unwrap();
        assert_eq!((world.host.snapshots().len(), server.suspended_sessions()), (1, 1));
        server.update(&session.runtime, "probe").await;
        assert_eq!(server.version(&session).await.unwrap(), 1, "it keeps its version");
        server.suspend_session(&session).await.unwrap();
        let first = ids::AgentVersion::parse("1").unwrap();
        server.delete_version(&account(), &session.runtime, first, None).await.unwrap();
        assert_eq!((world.host.snapshots().len(), server.suspended_sessions()), (0, 0));
        assert_eq!(server.version(&session).await.unwrap(), 2);
        server.suspend_session(&session).await.unwrap();
        server.delete(&session.runtime).await;
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
        assert_eq!(server.suspended_sessions(), 0);
    });
}

#[test]
fn a_session_that_outlives_its_version_stays_in_memory() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.update(&session.runtime, "probe").await;
        let first = ids::AgentVersion::parse("1").unwrap();
        server.delete_version(&account(), &session.runtime, first, None).await.unwrap();
        calm().await;
        world.clock.advance(QUIET);
        calm().await;
        assert_eq!((world.host.running().len(), world.host.snapshots().len()), (1, 0));
        assert_eq!(server.version(&session).await.unwrap(), 1);
        assert_eq!(kind(server.suspend_session(&session).await), Kind::NotFound);
        assert_eq!(server.count(&session).await.unwrap(), 3);
    });
}

#[test]
fn sessions_are_listed_in_pages_and_by_what_they_are() {
    use runtime::sessions::{SessionFilter, StateName};

    let world = World::drowsy();
    world.live(async |server| {
        let first = server.one_session(spec("probe")).await;
        for number in 2..=7 {
            server.count(&server.session_of(&first.runtime, number)).await.unwrap();
        }
        let [asleep, ended] = [3, 5].map(|number| server.session_of(&first.runtime, number));
        server.suspend_session(&asleep).await.unwrap();
        server.stop_session(&ended, None).await.unwrap();
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = server.list_sessions(&account(), SessionFilter::default(), after, 3).await.unwrap();
            assert!(page.sessions.len() <= 3);
            listed.extend(page.sessions);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let states: Vec<_> = listed.iter().map(|view| view.state.name()).collect();
        let [idle, suspended, over] = [StateName::Idle, StateName::Suspended, StateName::Ended];
        assert_eq!(states, [idle, idle, suspended, idle, over, idle, idle]);
        let one = async |filter| {
            let page = server.list_sessions(&account(), filter, None, 100).await.unwrap();
            page.sessions.into_iter().map(|view| view.key).collect::<Vec<_>>()
        };
        let in_state = |state| SessionFilter { state: Some(state), ..SessionFilter::default() };
        assert_eq!(one(in_state(suspended)).await, [asleep]);
        assert_eq!(one(in_state(over)).await, [ended]);
        let elsewhere = ids::EndpointName::parse("prod").unwrap();
        let through = SessionFilter { endpoint: Some(elsewhere), ..SessionFilter::default() };
        assert_eq!(one(through).await, []);
        let of = SessionFilter { runtime: Some(first.runtime.clone()), ..SessionFilter::default() };
        assert_eq!(one(of).await.len(), 7);
    });
}
