//! Invokes an agent over and over straight on its machine's stream, with no server above, and prints the median as JSON:
//! `direct CODE`, a directory with `main.py`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sandbox::{
    Engine, Exchange, Identity, LayerName, Limits, Program, Ready, Sandbox, SandboxId, TemplateName,
    TemplateSpec,
};
use sandbox_qemu::{QemuEngine, QemuOptions};
use stdx::{ByteStream, SystemClock, SystemRng};

const WARM_UP: usize = 20;
const RUNS: usize = 200;
const BODY: &[u8] = br#"{"remember": "the answer is 42"}"#;

#[tokio::main]
async fn main() -> Result<()> {
    let code = std::env::args_os().nth(1).context("usage: direct CODE")?;
    let directory = tempfile::tempdir()?;
    let options = QemuOptions::from_environment(directory.path());
    let engine = QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let template = engine.prepare(spec(&engine, code.into()).await?).await?;
    let id = SandboxId::parse("direct").context("a plain name")?;
    let sandbox = engine.start(&template.name, Identity::new(id, "direct")).await?;
    let mut taken = Vec::with_capacity(RUNS);
    for run in 0..WARM_UP + RUNS {
        let begun = Instant::now();
        invoke(&*sandbox).await?;
        if run >= WARM_UP {
            taken.push(begun.elapsed());
        }
    }
    sandbox.stop().await;
    engine.shut_down().await;
    taken.sort_unstable();
    println!("{}", serde_json::json!({ "p50_ms": taken[RUNS / 2].as_secs_f64() * 1e3 }));
    Ok(())
}

async fn spec(engine: &QemuEngine, code: PathBuf) -> Result<TemplateSpec> {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let environment = vec![
        variable("PATH", "/usr/local/bin:/usr/bin:/bin"),
        variable("PYTHONPATH", "/var/task"),
        variable("HOME", "/tmp"),
        variable("DOCKER_CONTAINER", "1"),
    ];
    let arguments = vec!["python3".to_owned(), "/var/task/main.py".to_owned()];
    Ok(TemplateSpec {
        name: TemplateName::parse("direct").context("a plain name")?,
        base: engine.info().bases.first().context("no base image")?.name.clone(),
        code: engine.build_layer(LayerName::parse("code").context("a plain name")?, code).await?,
        code_mount: "/var/task".to_owned(),
        program: Program { arguments, environment, working_directory: "/var/task".to_owned() },
        ready: Ready { port: 8080, path: "/ping".to_owned(), within: Duration::from_secs(300) },
        warmup: None,
        storage: None,
        limits: Limits {
            vcpus: 1,
            memory_mib: 512,
            disk_mib: 512,
            processes: 256,
            wall_clock: Duration::from_secs(600),
        },
    })
}

async fn invoke(sandbox: &dyn Sandbox) -> Result<()> {
    let exchange = Exchange {
        method: "POST".to_owned(),
        target: "/invocations".to_owned(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        length: Some(BODY.len() as u64),
        body: ByteStream::once(BODY),
    };
    let reply = sandbox.exchange(exchange).await?;
    ensure!(reply.status == 200, "the agent answered {}", reply.status);
    reply.body.collect(1 << 20).await?;
    Ok(())
}
