//! An engine on a directory of its own, with the agent of the contract suite.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox::contract::{Behaviour, Subject};
use sandbox::{Engine, LayerName, Limits, Program, Ready, TemplateName, TemplateSpec};
use sandbox_qemu::{Acceleration, Patience, QemuEngine, QemuOptions};
use stdx::{BoxFuture, Clock, SystemClock, SystemRng};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Microvms {
    directory: PathBuf,
    patience: Patience,
    clock: Arc<dyn Clock>,
    engine: Mutex<Option<Arc<QemuEngine>>>,
}

impl Microvms {
    pub(crate) async fn new(directory: &Path, patience: Patience) -> Self {
        Self::at(directory, patience, Arc::new(SystemClock)).await
    }

    pub(crate) async fn at(directory: &Path, patience: Patience, clock: Arc<dyn Clock>) -> Self {
        let this = Self { directory: directory.to_owned(), patience, clock, engine: Mutex::new(None) };
        this.open().await;
        this
    }

    async fn open(&self) {
        let options = QemuOptions {
            acceleration: Acceleration::Emulated,
            patience: self.patience,
            ..QemuOptions::from_environment(&self.directory)
        };
        let engine = QemuEngine::open(options, Arc::clone(&self.clock), Arc::new(SystemRng)).await.unwrap();
        *self.engine.lock().unwrap() = Some(Arc::new(engine));
    }

    /// Runs the program that is to be killed while nobody else uses the directory; kills it when `when` completes;
    /// then another server starts.
    pub(crate) async fn killed_server(&self, arguments: &[&str], when: impl AsyncFnOnce(&mut Child)) {
        self.engine.lock().unwrap().take();
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join("examples/server_to_be_killed");
        let mut server = Command::new(program)
            .arg(&self.directory)
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        when(&mut server).await;
        server.kill().await.unwrap();
        self.open().await;
    }

    /// Where snapshots are.
    pub(crate) fn snapshots(&self) -> PathBuf {
        self.directory.join("snapshots")
    }

    /// Where a sandbox keeps its files.
    pub(crate) fn sandboxes(&self) -> PathBuf {
        self.directory.join("sandboxes")
    }

    /// The process of a sandbox.
    pub(crate) fn pid(&self, id: &str) -> rustix::process::Pid {
        let text = std::fs::read(self.sandboxes().join(id).join("owner.json")).unwrap();
        let owner: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let pid = i32::try_from(owner["vmm"]["pid"].as_i64().unwrap()).unwrap();
        rustix::process::Pid::from_raw(pid).unwrap()
    }
}

impl Subject for Microvms {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.lock().unwrap().clone().unwrap()
    }

    fn spec<'a>(&'a self, name: &'a str, behaviour: Behaviour) -> BoxFuture<'a, TemplateSpec> {
        Box::pin(async move {
            let agents = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents");
            let code = self.engine().build_layer(LayerName::parse("agents").unwrap(), agents).await.unwrap();
            let arguments: &[&str] = match behaviour {
                Behaviour::Serve => &["python3", "/var/task/agent.py"],
                Behaviour::Crash => &["python3", "/var/task/failing.py", "crash"],
                Behaviour::Hang => &["python3", "/var/task/failing.py", "hang"],
            };
            let within = Duration::from_secs(if behaviour == Behaviour::Hang { 8 } else { 120 });
            TemplateSpec {
                name: TemplateName::parse(name).unwrap(),
                base: self.engine().info().bases[0].name.clone(),
                code,
                code_mount: "/var/task".to_owned(),
                program: Program {
                    arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
                    environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
                    working_directory: "/var/task".to_owned(),
                },
                ready: Ready { port: 8080, path: "/ping".to_owned(), within },
                warmup: None,
                storage: None,
                limits: Limits {
                    vcpus: 1,
                    memory_mib: 256,
                    disk_mib: 128,
                    processes: 40,
                    wall_clock: Duration::from_secs(3600),
                },
            }
        })
    }

    /// A file stands where snapshots are to be kept.
    fn hinder_suspending(&self, hinder: bool) -> bool {
        let (place, aside) = (self.directory.join("snapshots"), self.directory.join("snapshots-aside"));
        if hinder {
            std::fs::rename(&place, aside).unwrap();
            std::fs::write(place, b"").unwrap();
        } else {
            std::fs::remove_file(&place).unwrap();
            std::fs::rename(aside, place).unwrap();
        }
        true
    }

    fn restart<'a>(&'a self, template: &'a TemplateName, running: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let until_started = async |server: &mut Child| {
                let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
                assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("started"));
            };
            self.killed_server(&[template.as_str(), running], until_started).await;
        })
    }
}
