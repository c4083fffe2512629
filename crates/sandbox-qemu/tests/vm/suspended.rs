//! What only real machines have, across a suspension: identity, clocks, randomness, a process that can die.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Signal, kill_process};
use sandbox::contract::{Behaviour, Subject};
use sandbox::{Ending, Identity, Sandbox, SandboxError, SandboxId, SnapshotName, TemplateName};
use sandbox_qemu::Patience;
use stdx::{Clock, ManualClock, Timestamp};

use crate::ahead::process;
use crate::leftovers::{names, processes_that_name};
use crate::machines::{get, start};
use crate::subject::Microvms;

/// How far a guest's clock may be off: it runs on while the clock that it was set by stands.
const CLOCK_ERROR: f64 = 60.0;
const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn snapshot(name: &str) -> SnapshotName {
    SnapshotName::parse(name).unwrap()
}

pub(crate) async fn resume(
    subject: &Microvms,
    name: &SnapshotName,
    id: &str,
    hostname: &str,
) -> Arc<dyn Sandbox> {
    let identity = Identity::new(SandboxId::parse(id).unwrap(), hostname);
    subject.engine().resume(name, identity).await.unwrap()
}

/// What the agent tells of its machine.
struct Facts {
    random: Vec<String>,
    hostname: String,
    boot_id: String,
    time: f64,
}

async fn facts(sandbox: &dyn Sandbox) -> Facts {
    let told = get(sandbox, "/self").await;
    let facts: Vec<String> = told.split(' ').map(str::to_owned).collect();
    let [urandom, uuid, hostname, boot_id, time] = facts.try_into().unwrap();
    Facts { random: vec![urandom, uuid], hostname, boot_id, time: time.parse().unwrap() }
}

fn seconds(clock: &ManualClock) -> f64 {
    clock.now().as_secs() as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_machine_is_who_it_was_and_a_clone_is_someone_else() {
    let directory = tempfile::tempdir().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock that is moved by hand begins at the host's time"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap());
    let clock = Arc::new(ManualClock::at(now));
    let subject = Microvms::at(directory.path(), Patience::default(), clock.clone()).await;
    let spec = subject.spec("suspended", Behaviour::Serve).await;
    let limit = spec.limits.wall_clock;
    let template = subject.engine().prepare(spec).await.unwrap().name;

    let sandbox = start(&*subject.engine(), &template, "one").await;
    let before = facts(&*sandbox).await;
    assert_eq!((before.hostname.as_str(), limit), ("host-of-one", HOUR));
    clock.advance(HOUR / 2);
    sandbox.suspend(snapshot("one")).await.unwrap();
    // Time passes without it.
    clock.advance(10 * HOUR);

    let same = resume(&subject, &snapshot("one"), "one", "host-of-one").await;
    let again = resume(&subject, &snapshot("one"), "again", "host-of-one").await;
    let clone = resume(&subject, &snapshot("one"), "clone", "host-of-clone").await;
    let (after, other, cloned) = (facts(&*same).await, facts(&*again).await, facts(&*clone).await);
    for facts in [&after, &other, &cloned] {
        let off = facts.time - seconds(&clock);
        assert!(off.abs() < CLOCK_ERROR, "the guest's clock is off by {off} s");
    }
    assert_eq!((&after.hostname, &after.boot_id), (&before.hostname, &before.boot_id));
    assert_eq!((&other.hostname, &other.boot_id), (&before.hostname, &before.boot_id));
    assert_eq!(cloned.hostname, "host-of-clone");
    assert_ne!(cloned.boot_id, before.boot_id);
    let all = [&before, &after, &other, &cloned];
    for (index, one) in all.iter().enumerate() {
        for two in &all[index + 1..] {
            assert!(one.random.iter().all(|random| !two.random.contains(random)), "randomness is used once");
        }
    }

    // Half of its time it has lived already.
    clock.advance(HOUR / 2 - Duration::from_secs(1));
    assert_eq!(get(&*same, "/ping").await, r#"{"status":"Healthy"}"#);
    clock.advance(Duration::from_secs(1));
    for sandbox in [same, again, clone] {
        assert_eq!(sandbox.ended().await, Ending::TimedOut);
    }
    subject.engine().shut_down().await;
    assert_eq!(processes_that_name(directory.path()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_killed_in_a_suspension_leaves_a_whole_snapshot_or_none() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("killed", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    killed_before_it_is_quiet(&subject, &template).await;
    for round in 0..5 {
        killed_while_it_is_saved(&subject, &template, &format!("round-{round}")).await;
    }
    killed_while_it_wakes(&subject, &template).await;
    killed_when_it_goes_on(&subject, &template).await;
    subject.engine().shut_down().await;
    assert_eq!(names(&subject.sandboxes()), [""; 0]);
    assert_eq!(processes_that_name(directory.path()), [""; 0]);
}

/// Its processors and disks were given up by then: it takes them back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_goes_on_whose_state_was_written_in_vain() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("in-vain", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    let sandbox = start(&*subject.engine(), &template, "one").await;
    let before = facts(&*sandbox).await;
    let (link, ram) = (subject.sandboxes().join("one/ram"), directory.path().join("templates/in-vain/ram"));
    fs::remove_file(&link).unwrap();
    for _ in 0..2 {
        let outcome = sandbox.suspend(snapshot("one")).await;
        assert!(matches!(outcome, Err(SandboxError::Failed { .. })), "{outcome:?}");
        assert_eq!(names(&subject.snapshots()), [""; 0]);
        let after = facts(&*sandbox).await;
        assert_eq!((after.hostname, after.boot_id), (before.hostname.clone(), before.boot_id.clone()));
        // What the disk can hold goes to the disk.
        let filled = get(&*sandbox, "/fill").await;
        assert!(filled.ends_with("No space left on device"), "{filled}");
    }
    fs::hard_link(ram, link).unwrap();
    sandbox.suspend(snapshot("one")).await.unwrap();
    let resumed = resume(&subject, &snapshot("one"), "one", "host-of-one").await;
    assert_eq!(facts(&*resumed).await.boot_id, before.boot_id);
    assert!(get(&*resumed, "/fill").await.ends_with("No space left on device"));
    subject.engine().shut_down().await;
}

async fn killed_before_it_is_quiet(subject: &Microvms, template: &TemplateName) {
    let sandbox = start(&*subject.engine(), template, "held").await;
    get(&*sandbox, "/ping").await;
    let pid = subject.pid("held");
    kill_process(pid, Signal::STOP).unwrap();
    let suspending = tokio::spawn({
        let sandbox = Arc::clone(&sandbox);
        async move { sandbox.suspend(snapshot("held")).await }
    });
    kill_process(pid, Signal::KILL).unwrap();
    let outcome = suspending.await.unwrap();
    assert!(matches!(outcome, Err(SandboxError::Ended(Ending::Failed { .. }))), "{outcome:?}");
    assert_eq!(names(&subject.snapshots()), [""; 0]);
}

async fn killed_while_it_is_saved(subject: &Microvms, template: &TemplateName, id: &str) {
    let sandbox = start(&*subject.engine(), template, id).await;
    get(&*sandbox, "/ping").await;
    let pid = subject.pid(id);
    let suspending = tokio::spawn({
        let (sandbox, name) = (Arc::clone(&sandbox), snapshot(id));
        async move { sandbox.suspend(name).await }
    });
    while !suspending.is_finished() && names(&subject.snapshots()).is_empty() {
        tokio::task::yield_now().await;
    }
    // It may have been quicker than we are.
    let _ = kill_process(pid, Signal::KILL);
    match suspending.await.unwrap() {
        Ok(_) => {
            assert_eq!(sandbox.ended().await, Ending::Suspended);
            let resumed = resume(subject, &snapshot(id), id, id).await;
            get(&*resumed, "/ping").await;
            resumed.stop().await;
            subject.engine().discard_snapshot(&snapshot(id)).await.unwrap();
        }
        Err(SandboxError::Ended(Ending::Failed { .. })) => {}
        other => panic!("a machine that was killed: {other:?}"),
    }
    assert_eq!(names(&subject.snapshots()), [""; 0]);
    assert!(!fs::exists(subject.sandboxes().join(id)).unwrap());
}

/// Whoever resumes gives the snapshot up when that has succeeded: so it fails if the machine dies before it has woken.
async fn killed_while_it_wakes(subject: &Microvms, template: &TemplateName) {
    let name = snapshot("wakes");
    start(&*subject.engine(), template, "wakes").await.suspend(name.clone()).await.unwrap();
    loop {
        let resuming = tokio::spawn({
            let (engine, name) = (subject.engine(), name.clone());
            let identity = Identity::new(SandboxId::parse("wakes").unwrap(), "host-of-wakes");
            async move { engine.resume(&name, identity).await }
        });
        let home = subject.sandboxes().join("wakes");
        let pid = loop {
            match process(&home) {
                Some(pid) => break pid,
                None => tokio::task::yield_now().await,
            }
        };
        kill_process(pid, Signal::KILL).unwrap();
        match resuming.await.unwrap() {
            Err(SandboxError::Failed { context, source }) => {
                assert_eq!(context, "resuming wakes");
                assert!(source.to_string().contains("signal: 9"), "{source}");
                break;
            }
            Err(other) => panic!("{other:?}"),
            // It was quicker than we are.
            Ok(sandbox) => assert!(matches!(sandbox.ended().await, Ending::Failed { .. })),
        }
    }
    assert!(!fs::exists(subject.sandboxes().join("wakes")).unwrap());
    let resumed = resume(subject, &name, "wakes", "host-of-wakes").await;
    assert_eq!(get(&*resumed, "/ping").await, r#"{"status":"Healthy"}"#);
    resumed.stop().await;
    subject.engine().discard_snapshot(&name).await.unwrap();
}

async fn killed_when_it_goes_on(subject: &Microvms, template: &TemplateName) {
    let name = snapshot("goes-on");
    let sandbox = start(&*subject.engine(), template, "goes-on").await;
    sandbox.suspend(name.clone()).await.unwrap();
    let resumed = resume(subject, &name, "goes-on", "host").await;
    kill_process(subject.pid("goes-on"), Signal::KILL).unwrap();
    assert!(matches!(resumed.ended().await, Ending::Failed { .. }));
    let resumed = resume(subject, &name, "goes-on", "host").await;
    assert_eq!(get(&*resumed, "/ping").await, r#"{"status":"Healthy"}"#);
    resumed.stop().await;
    subject.engine().discard_snapshot(&name).await.unwrap();
}
