//! The simulator passes the suite that real engines pass.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox::contract::{Behaviour, Subject, check_all};
use sandbox::{Engine, Identity, LayerName, Limits, Program, Ready, SandboxId, TemplateName, TemplateSpec};
use sandbox_sim::{SimEngine, SimHost, SimOptions};
use stdx::{BoxFuture, ManualClock, Timestamp};

struct Simulated {
    clock: Arc<ManualClock>,
    host: Arc<SimHost>,
    engine: Mutex<Arc<SimEngine>>,
}

impl Subject for Simulated {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.lock().unwrap().clone()
    }

    fn spec<'a>(&'a self, name: &'a str, behaviour: Behaviour) -> BoxFuture<'a, TemplateSpec> {
        Box::pin(async move {
            let tree = tempfile::tempdir().unwrap();
            let layer = LayerName::parse("agent").unwrap();
            let code = self.engine().build_layer(layer, tree.path().into()).await.unwrap();
            let program = match behaviour {
                Behaviour::Serve => "agent",
                Behaviour::Crash => "crash",
                Behaviour::Hang => "hang",
            };
            let limits = Limits {
                vcpus: 1,
                memory_mib: 128,
                disk_mib: 64,
                processes: 64,
                wall_clock: Duration::from_secs(100),
            };
            TemplateSpec {
                name: TemplateName::parse(name).unwrap(),
                base: "python3".to_owned(),
                code,
                code_mount: "/var/task".to_owned(),
                program: Program {
                    arguments: vec!["python3".to_owned(), program.to_owned()],
                    environment: Vec::new(),
                    working_directory: "/var/task".to_owned(),
                },
                ready: Ready { port: 8080, path: "/ping".to_owned(), within: Duration::from_secs(1) },
                warmup: None,
                storage: None,
                limits,
            }
        })
    }

    fn pass_time(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            while self.clock.sleepers() == 0 {
                tokio::task::yield_now().await;
            }
            self.clock.advance(Duration::from_secs(1));
        })
    }

    fn restart<'a>(&'a self, template: &'a TemplateName, running: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let id = SandboxId::parse(running).unwrap();
            let identity = Identity::new(id, running);
            let left = self.engine().start(template, identity).await.unwrap();
            self.host.orphan_all();
            drop(left);
            *self.engine.lock().unwrap() = Arc::new(SimEngine::new(Arc::clone(&self.host)));
        })
    }
}

#[tokio::test]
async fn the_simulator_keeps_the_contract() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let host = SimHost::new(clock.clone(), SimOptions::default());
    let engine = Mutex::new(Arc::new(SimEngine::new(Arc::clone(&host))));
    check_all(&Simulated { clock, host, engine }).await;
}
