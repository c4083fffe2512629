//! A server is killed at random moments; nothing of it is left once the next one has recovered.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::Keep;
use sandbox::contract::{Behaviour, Subject};
use sandbox_qemu::Patience;
use stdx::{Rng, SystemRng};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

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
