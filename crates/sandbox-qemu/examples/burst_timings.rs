//! Prints how long sessions wait that begin at once:
//! `cargo run --release --example burst_timings [SESSIONS [ROUNDS [AHEAD]]]`.
//!
//! AHEAD is the number of machines that may be kept started ahead. The images and the guest agent are found by
//! `FREEHOLD_IMAGES` and `FREEHOLD_GUEST_AGENT`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::{
    Engine, Exchange, Identity, LayerName, Limits, Program, Ready, Sandbox, SandboxId, TemplateName,
    TemplateSpec,
};
use sandbox_qemu::{Acceleration, QemuEngine, QemuOptions};
use stdx::{ByteStream, SystemClock, SystemRng};
use tokio::task::JoinSet;

/// Long enough to start some machines ahead.
const PAUSE: Duration = Duration::from_secs(5);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (sessions, rounds, spares) = (number(8)?, number(6)?, number(4)?);
    let directory = tempfile::tempdir()?;
    let options = QemuOptions {
        acceleration: Acceleration::Emulated,
        spares,
        ..QemuOptions::from_environment(directory.path())
    };
    let engine = Arc::new(QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await?);
    let template = prepare(&engine).await?;
    println!("{sessions} sessions at once, {spares} machines ahead: first answers after, in ms");
    for round in 0..rounds {
        let mut starts = JoinSet::new();
        let begin = Instant::now();
        for session in 0..sessions {
            let (engine, template) = (Arc::clone(&engine), template.clone());
            starts.spawn(
                async move { first_answer(&engine, &template, &format!("run-{round}-{session}")).await },
            );
        }
        let mut times = Vec::new();
        let mut sandboxes = Vec::new();
        while let Some(started) = starts.join_next().await {
            let (time, sandbox) = started??;
            times.push(time);
            sandboxes.push(sandbox);
        }
        let all = begin.elapsed().as_millis();
        times.sort();
        let list: Vec<String> = times.iter().map(|time| time.as_millis().to_string()).collect();
        println!("round {round}: {}; all after {all}", list.join(" "));
        for sandbox in sandboxes {
            sandbox.stop().await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    engine.shut_down().await;
    Ok(())
}

async fn first_answer(
    engine: &QemuEngine,
    template: &TemplateName,
    id: &str,
) -> Result<(Duration, Arc<dyn Sandbox>), Failure> {
    let begin = Instant::now();
    let identity = Identity::new(SandboxId::parse(id).ok_or("name")?, id);
    let sandbox = engine.start(template, identity).await?;
    let body = br#"{"prompt":"hello"}"#;
    let exchange = Exchange {
        method: "POST".to_owned(),
        target: "/invocations".to_owned(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        length: Some(body.len() as u64),
        body: ByteStream::once(&body[..]),
    };
    let reply = sandbox.exchange(exchange).await?;
    reply.body.collect(1 << 20).await?;
    Ok((begin.elapsed(), sandbox))
}

async fn prepare(engine: &QemuEngine) -> Result<TemplateName, Failure> {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents");
    let code = engine.build_layer(LayerName::parse("code").ok_or("name")?, code).await?;
    let base = engine.info().bases.first().ok_or("no base image")?.name.clone();
    let arguments = ["python3", "/var/task/agent.py"].map(str::to_owned).to_vec();
    let environment = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let spec = TemplateSpec {
        name: TemplateName::parse("burst").ok_or("name")?,
        base,
        code,
        code_mount: "/var/task".to_owned(),
        program: Program { arguments, environment, working_directory: "/var/task".to_owned() },
        ready: Ready { port: 8080, path: "/ping".to_owned(), within: Duration::from_secs(120) },
        warmup: None,
        storage: None,
        limits: Limits {
            vcpus: 1,
            memory_mib: 512,
            disk_mib: 512,
            processes: 256,
            wall_clock: Duration::from_secs(600),
        },
    };
    Ok(engine.prepare(spec).await?.name)
}
