//! `kill -9` in the middle of everything: what was acknowledged is there afterwards, and nothing else is.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use authn::RootKey;
use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use stdx::SystemRng;
use tempfile::tempdir;

use crate::client::{Client, until};
use crate::deploy::{Deployed, deploy, wish};

const CREATES: usize = 200;
const INVOCATIONS: usize = 50;
const AT_ONCE: usize = 16;
const ROUNDS: usize = 3;
const READY: &str = "freehold is ready on http://";

/// Which server is killed.
struct Engine {
    command: fn(&Path) -> Command,
    /// Whether making a runtime takes next to no time.
    quick: bool,
}

const SIMULATED: Engine = Engine {
    command: |data| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim-server"));
        command.arg(data);
        command
    },
    quick: true,
};

/// The built server with real machines.
#[cfg(feature = "vm-tests")]
const MICROVMS: Engine = Engine {
    command: |data| {
        let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release/freehold");
        let binary = std::env::var_os("FREEHOLD_BIN").unwrap_or_else(|| built.into());
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command
    },
    quick: false,
};

/// A server process.
struct Process {
    child: Child,
    client: Client,
}

impl Process {
    fn start(engine: &Engine, data: &Path) -> Self {
        let mut child = (engine.command)(data).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the server says that it is ready").unwrap();
        let address: SocketAddr = line.strip_prefix(READY).expect(READY).parse().unwrap();
        let key = RootKey::load_or_create(data, &SystemRng).unwrap();
        Self { child, client: Client::new(address, &key) }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        assert!(!self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that has failed must not leave its server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_and_nothing_is_left_behind() {
    survive(&SIMULATED).await;
}

/// Needs what `make test` builds first.
#[cfg(feature = "vm-tests")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_do_not_outlive_their_server() {
    survive(&MICROVMS).await;
}

async fn survive(engine: &Engine) {
    let data = tempdir().unwrap();
    let process = Process::start(engine, data.path());
    let agent = deploy(&process.client, "main").await;
    let acknowledged = Acknowledged::default();
    let mut server = Some(process);
    for round in 1..=ROUNDS {
        let running = server.take().unwrap();
        let work =
            tokio::spawn(work(running.client.clone(), agent.invocations(), round, acknowledged.clone()));
        // Each round is killed at another point of its work.
        let enough = acknowledged.count() + CREATES * round / (ROUNDS + 1);
        until("enough is acknowledged", async || acknowledged.count() >= enough).await;
        running.kill();
        work.await.unwrap();
        let restarted = Process::start(engine, data.path());
        check(&restarted, &acknowledged, data.path()).await;
        assert!(acknowledged.count() < CREATES * round, "the kill came when the work was done");
        server = Some(restarted);
    }
    clean_up(server.take().unwrap(), engine, &agent, &acknowledged, data.path()).await;
}

/// What the server has said yes to: names and the ids that it gave them.
#[derive(Clone, Default)]
struct Acknowledged(Arc<Mutex<Vec<(String, String)>>>);

impl Acknowledged {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn all(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().clone()
    }
}

/// Creates and invokes until all is done or the server is gone.
async fn work(client: Client, invocations: String, round: usize, acknowledged: Acknowledged) {
    let creates = futures_util::stream::iter(0..CREATES).for_each_concurrent(AT_ONCE, |number| {
        let (name, acknowledged) = (format!("agent_{round}_{number}"), acknowledged.clone());
        let call = client.json(Method::PUT, "/runtimes/", &wish(&name, "main"));
        async move {
            let Ok(answer) = call.try_send().await else { return };
            let id = answer.json()["agentRuntimeId"].as_str().unwrap().to_owned();
            acknowledged.0.lock().unwrap().push((name, id));
        }
    });
    let invokes = futures_util::stream::iter(0..INVOCATIONS).for_each_concurrent(AT_ONCE, |number| {
        let session = format!("session-{round}-{:033}", number % 10);
        let call = client.json(Method::POST, &invocations, &json!({}));
        let call = call.header("x-amzn-bedrock-agentcore-runtime-session-id", &session);
        async move {
            if let Ok(answer) = call.try_send().await {
                assert!(answer.status.is_success(), "{}", answer.text());
            }
        }
    });
    futures_util::future::join(creates, invokes).await;
}

async fn check(process: &Process, acknowledged: &Acknowledged, data: &Path) {
    for (name, id) in acknowledged.all() {
        let shown = process.client.get(&format!("/runtimes/{id}/")).send().await.json();
        assert_eq!(shown["agentRuntimeName"], *name, "it was acknowledged");
        assert!(!shown["status"].as_str().unwrap().ends_with("FAILED"), "{shown}");
    }
    // A write that was on its way may be there without its answer, but no more than were on their way.
    let listed = list(&process.client).await.len();
    assert!(listed <= acknowledged.count() + 1 + AT_ONCE * ROUNDS, "{listed} runtimes");
    assert_eq!(strays(process, data), Vec::<u32>::new(), "processes that nobody owns");
}

async fn list(client: &Client) -> Vec<Value> {
    let (mut all, mut query) = (Vec::new(), "?maxResults=100".to_owned());
    loop {
        let page = client.json(Method::POST, &format!("/runtimes/{query}"), &json!({})).send().await.json();
        all.extend(page["agentRuntimes"].as_array().unwrap().iter().cloned());
        let Some(token) = page["nextToken"].as_str() else { return all };
        query = format!("?maxResults=100&nextToken={}", crate::deploy::encoded(token));
    }
}

/// The processes that run on this data directory and belong to another server than this one.
fn strays(process: &Process, data: &Path) -> Vec<u32> {
    let server = process.child.id();
    let stray = |pid: &u32| *pid != server && parent(*pid).is_some_and(|parent| parent != server);
    processes_of(data).into_iter().filter(stray).collect()
}

/// The processes that run on this data directory.
fn processes_of(data: &Path) -> Vec<u32> {
    let named = |pid: &u32| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(&*data.to_string_lossy())
    };
    let all = std::fs::read_dir("/proc").unwrap();
    let pids = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(named).collect()
}

/// A process that has gone meanwhile has none, and is nobody's stray.
fn parent(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// The server still works, and when everything is deleted, everything is gone.
async fn clean_up(
    server: Process,
    engine: &Engine,
    agent: &Deployed,
    acknowledged: &Acknowledged,
    data: &Path,
) {
    let client = &server.client;
    let answer = client.json(Method::POST, &agent.invocations(), &json!({})).send().await;
    assert!(answer.status.is_success(), "{}", answer.text());
    if engine.quick {
        for (_, id) in acknowledged.all() {
            assert_eq!(crate::deploy::settled(client, &id).await["status"], "READY");
        }
    }
    for runtime in list(client).await {
        let path = format!("/runtimes/{}/", runtime["agentRuntimeId"].as_str().unwrap());
        let deleted = client.call(Method::DELETE, &path).body("{}").send().await;
        assert!(deleted.status.is_success(), "{}", deleted.text());
    }
    until("every runtime is gone", async || list(client).await.is_empty()).await;
    until("every machine is gone", async || processes_of(data) == [server.child.id()]).await;
    until("every file is gone", async || {
        files_in(&data.join("work")).is_empty()
            && files_in(&data.join("sandboxes")).iter().all(|file| is_the_engines(file))
    })
    .await;
}

/// Beside the directories for layers, templates and machines an engine keeps a few files of its own.
fn is_the_engines(file: &Path) -> bool {
    file.parent().is_some_and(|directory| directory.ends_with("sandboxes"))
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}
