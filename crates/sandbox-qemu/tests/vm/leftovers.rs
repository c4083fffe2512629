//! A server is killed at random moments; nothing of it is left once the next one has recovered.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::contract::{Behaviour, Subject};
use sandbox::{Identity, Keep, SandboxId, SnapshotName};
use sandbox_qemu::Patience;
use stdx::{Rng, SystemRng};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::machines::get;
use crate::subject::Microvms;

const KILLS: usize = 5;
const LATEST_KILL_MS: u64 = 1500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_killed_server() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("kept", Behaviour::Serve).await;
    let layer = spec.code.name.clone();
    let template = subject.engine().prepare(spec).await.unwrap().name;
    for _ in 0..KILLS {
        subject
            .killed_server(&[template.as_str()], async |server: &mut Child| {
                let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
                lines.next_line().await.unwrap();
                // The moment is random by intent: there is no condition to wait for.
                tokio::time::sleep(random_moment()).await;
            })
            .await;
        let keep = Keep { templates: vec![template.clone()], layers: vec![layer.clone()], ..Keep::default() };
        let recovered = subject.engine().recover(&keep).await.unwrap();
        assert_eq!(recovered.templates, std::slice::from_ref(&template));
        assert_eq!(names(&directory.path().join("sandboxes")), [""; 0]);
        assert_eq!(names(&directory.path().join("templates")), [template.as_str()]);
        assert_eq!(names(&directory.path().join("layers")), [format!("{layer}.erofs")]);
        assert_eq!(processes_that_name(directory.path()), [""; 0]);
        assert_eq!(mounts_below(directory.path()), 0);
    }
    subject.engine().shut_down().await;
}

/// Its owner dies between any two steps of a suspension.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_whole_or_absent_when_its_server_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("kept", Behaviour::Serve).await;
    let layer = spec.code.name.clone();
    let template = subject.engine().prepare(spec).await.unwrap().name;
    let mut seen = 0;
    for kill in 0..KILLS {
        let mut told = Vec::new();
        let id = format!("suspends-{kill}");
        subject
            .killed_server(&[template.as_str(), &id, "suspend"], async |server: &mut Child| {
                let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
                lines.next_line().await.unwrap();
                let moment = tokio::time::sleep(random_moment());
                tokio::pin!(moment);
                loop {
                    tokio::select! {
                        () = &mut moment => break,
                        line = lines.next_line() => told.extend(line.unwrap()),
                    }
                }
            })
            .await;
        let possible = (0..100).map(|number| format!("{id}.{number}"));
        let snapshots = possible.map(|name| SnapshotName::parse(&name).unwrap()).collect();
        let (templates, layers) = (vec![template.clone()], vec![layer.clone()]);
        let keep = Keep { templates, layers, snapshots, ..Keep::default() };
        subject.engine().recover(&keep).await.unwrap();
        assert_eq!(names(&subject.sandboxes()), [""; 0]);
        assert_eq!(processes_that_name(directory.path()), [""; 0]);
        let left = names(&subject.snapshots());
        assert!(told.iter().all(|name| left.contains(name)), "{told:?} of {left:?}");
        seen += left.len();
        for name in left {
            let identity = Identity::new(SandboxId::parse("resumed").unwrap(), "host");
            let name = SnapshotName::parse(&name).expect("an unfinished one would not be named so");
            let sandbox = subject.engine().resume(&name, identity).await.unwrap();
            assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
            sandbox.stop().await;
            subject.engine().discard_snapshot(&name).await.unwrap();
        }
    }
    assert!(seen > 0, "at least one suspension came to its end");
    subject.engine().shut_down().await;
}

fn random_moment() -> Duration {
    let mut bytes = [0; 8];
    SystemRng.fill(&mut bytes);
    Duration::from_millis(u64::from_le_bytes(bytes) % LATEST_KILL_MS)
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The command lines of all processes that mention the directory; zombies have none.
pub(crate) fn processes_that_name(directory: &Path) -> Vec<String> {
    let lines = fs::read_dir("/proc").unwrap().flatten();
    let lines = lines.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(directory.to_str().unwrap())).collect()
}

fn mounts_below(directory: &Path) -> usize {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    mounts.lines().filter(|line| line.contains(directory.to_str().unwrap())).count()
}
