//! A machine that was started ahead is used, is someone of its own, may die, and is never left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sandbox::contract::{Behaviour, Subject};
use sandbox::{Sandbox, TemplateName};
use sandbox_qemu::Patience;
use tokio::time::timeout;

use crate::leftovers::{names, processes_that_name};
use crate::machines::{get, start};
use crate::subject::Microvms;

/// What an engine has ahead unless told otherwise.
const MOST_AHEAD: usize = 4;
/// Whoever makes something uses processor time within this.
const QUIET: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_started_ahead_is_used_and_is_someone_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("ahead", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    let first = start(&*subject.engine(), &template, "first").await;
    let told = get(&*first, "/self").await;
    let second = timeout(Duration::from_secs(120), adopted(&subject, &template, "second")).await.unwrap();
    let third = timeout(Duration::from_secs(120), adopted(&subject, &template, "third")).await.unwrap();
    let (second_told, third_told) = (get(&*second, "/self").await, get(&*third, "/self").await);
    let facts = |told: &str| told.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let facts = [facts(&told), facts(&second_told), facts(&third_told)];
    for (fact, name) in ["urandom", "uuid4", "host name", "boot id"].iter().enumerate() {
        for (one, two) in [(0, 1), (0, 2), (1, 2)] {
            assert_ne!(facts[one][fact], facts[two][fact], "{name}");
        }
    }
    assert_eq!((facts[1][2].as_str(), facts[2][2].as_str()), ("host-of-second", "host-of-third"));

    // One that dies while it waits, or while it is being made, is not missed.
    let spare = timeout(Duration::from_secs(120), spare(&subject)).await.unwrap();
    kill_process(spare, Signal::KILL).unwrap();
    let fourth = start(&*subject.engine(), &template, "fourth").await;
    assert_eq!(get(&*fourth, "/ping").await, r#"{"status":"Healthy"}"#);

    subject.engine().shut_down().await;
    assert_eq!(names(&subject.sandboxes()), [""; 0]);
    assert_eq!(processes_that_name(directory.path()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_comes_again_finds_as_many_machines_as_there_may_be() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("crowd", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    for sandbox in crowd(&subject, &template, "first").await {
        sandbox.stop().await;
    }
    let all_ready = async { while paused(&subject.sandboxes()).await < MOST_AHEAD {} };
    timeout(Duration::from_secs(120), all_ready).await.unwrap();
    let sandboxes = crowd(&subject, &template, "second").await;
    let adopted = sandboxes.iter().filter(|sandbox| was_ahead(&subject, sandbox.id().as_str())).count();
    assert_eq!(adopted, MOST_AHEAD);
    subject.engine().shut_down().await;
    assert_eq!(names(&subject.sandboxes()), [""; 0]);
    assert_eq!(processes_that_name(directory.path()), [""; 0]);
}

/// One more than there may be machines ahead, at once.
async fn crowd(subject: &Microvms, template: &TemplateName, name: &str) -> Vec<Arc<dyn Sandbox>> {
    let engine = subject.engine();
    let starts = (0..=MOST_AHEAD).map(|number| {
        let (engine, id) = (&engine, format!("{name}-{number}"));
        async move {
            let sandbox = start(&**engine, template, &id).await;
            get(&*sandbox, "/ping").await;
            sandbox
        }
    });
    futures_util::future::join_all(starts).await
}

/// How many machines wait for their use: those whose processor time stands still.
async fn paused(sandboxes: &Path) -> usize {
    let ticks = |pid: Pid| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        stat.split(' ').nth(13)?.parse::<u64>().ok()
    };
    let before: Vec<_> = spares(sandboxes).iter().filter_map(|home| process(home)).collect();
    let used: Vec<_> = before.iter().map(|pid| ticks(*pid)).collect();
    tokio::time::sleep(QUIET).await;
    before.iter().zip(used).filter(|(pid, used)| used.is_some() && ticks(**pid) == *used).count()
}

/// Starts sandboxes until one is a machine that was started ahead.
async fn adopted(subject: &Microvms, template: &TemplateName, id: &str) -> Arc<dyn Sandbox> {
    loop {
        let sandbox = start(&*subject.engine(), template, id).await;
        get(&*sandbox, "/ping").await;
        if was_ahead(subject, id) {
            return sandbox;
        }
        sandbox.stop().await;
    }
}

/// A process keeps the name of the directory that it was started for.
fn was_ahead(subject: &Microvms, id: &str) -> bool {
    let pid = subject.pid(id).as_raw_nonzero();
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap().contains("/.spare-")
}

/// The process of the machine that nobody uses yet, once there is one.
async fn spare(subject: &Microvms) -> Pid {
    loop {
        if let Some(pid) = spares(&subject.sandboxes()).iter().find_map(|home| process(home)) {
            return pid;
        }
        tokio::task::yield_now().await;
    }
}

fn spares(sandboxes: &Path) -> Vec<PathBuf> {
    let found = names(sandboxes).into_iter().filter(|name| name.starts_with(".spare-"));
    found.map(|name| sandboxes.join(name)).collect()
}

/// The process of the machine whose directory that is, once it has one.
pub(crate) fn process(home: &Path) -> Option<Pid> {
    let owner: serde_json::Value = serde_json::from_slice(&fs::read(home.join("owner.json")).ok()?).ok()?;
    Pid::from_raw(i32::try_from(owner["vmm"]["pid"].as_i64()?).ok()?)
}
