//! Prints where the time of a restore goes: `cargo run --release --example restore_timings [CODE [RUNS [ARGUMENTS…]]]`.
//!
//! CODE is a directory with `main.py` or what ARGUMENTS name; without it, an agent on the standard library is used.
//! The images and the guest agent are found by `FREEHOLD_IMAGES` and `FREEHOLD_GUEST_AGENT`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sandbox::{
    Engine, Exchange, Identity, LayerName, Limits, Program, Ready, SandboxId, SnapshotName, TemplateName,
    TemplateSpec,
};
use sandbox_qemu::{Acceleration, QemuEngine, QemuOptions};
use stdx::{ByteStream, SystemClock, SystemRng};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

const COLUMNS: usize = 7;
/// Long enough to start a machine ahead.
const PAUSE: Duration = Duration::from_millis(1500);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let resumed = Resumed::default();
    tracing_subscriber::registry().with(resumed.clone()).init();
    let mut arguments = std::env::args().skip(1);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents");
    let code = arguments.next().map_or(own, PathBuf::from);
    let runs: usize = arguments.next().map_or(Ok(20), |text| text.parse())?;
    let mut program: Vec<String> = arguments.collect();
    if program.is_empty() {
        program = vec!["python3".to_owned(), "/var/task/agent.py".to_owned()];
    }
    let directory = tempfile::tempdir()?;
    let options = QemuOptions {
        acceleration: Acceleration::Emulated,
        spares: 0,
        ..QemuOptions::from_environment(directory.path())
    };
    let engine = open(options.clone()).await?;
    let template = prepare(&engine, code, program).await?;
    let mut rows = Vec::new();
    for run in 0..runs {
        rows.push(measure(&engine, &resumed, directory.path(), &template, run).await?);
    }
    print_rows("restores", "", &RESTORE, &rows);
    let mut rows = Vec::new();
    for run in 0..runs {
        rows.push(suspend_and_resume(&engine, &template, run).await?);
    }
    print_rows("suspended and resumed", "", &SUSPEND, &rows);
    engine.shut_down().await;
    drop(engine);
    let engine = open(QemuOptions { spares: 1, ..options }).await?;
    // The first one finds nothing ready.
    measure(&engine, &resumed, directory.path(), &template, runs).await?;
    let mut rows = Vec::new();
    for run in 0..runs {
        tokio::time::sleep(PAUSE).await;
        rows.push(measure(&engine, &resumed, directory.path(), &template, run).await?);
    }
    print_rows("started ahead", "ahead: ", &RESTORE, &rows);
    engine.shut_down().await;
    Ok(())
}

async fn open(options: QemuOptions) -> Result<QemuEngine, Failure> {
    Ok(QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await?)
}

async fn prepare(
    engine: &QemuEngine,
    code: PathBuf,
    arguments: Vec<String>,
) -> Result<TemplateName, Failure> {
    let code = engine.build_layer(LayerName::parse("code").ok_or("name")?, code).await?;
    let base = engine.info().bases.first().ok_or("no base image")?.name.clone();
    let environment = vec![
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("PYTHONUNBUFFERED".to_owned(), "1".to_owned()),
        ("PYTHONPATH".to_owned(), "/var/task".to_owned()),
        ("HOME".to_owned(), "/tmp".to_owned()),
    ];
    let spec = TemplateSpec {
        name: TemplateName::parse("timings").ok_or("name")?,
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
    let template = engine.prepare(spec).await?;
    println!(
        "boot {} ms, freeze {} ms, {} MiB on disk",
        template.boot.as_millis(),
        template.freeze.as_millis(),
        template.size >> 20
    );
    Ok(template.name)
}

/// Milliseconds: until the start returned, until QEMU let the guest run, to the whole first answer, the machine's
/// processor time until then, for the next answer, to the end; and MiB.
async fn measure(
    engine: &QemuEngine,
    resumed: &Resumed,
    directory: &Path,
    template: &TemplateName,
    run: usize,
) -> Result<[f64; COLUMNS], Failure> {
    let id = SandboxId::parse(&format!("run-{run}")).ok_or("name")?;
    let begin = Instant::now();
    let since = |begin: Instant| begin.elapsed().as_secs_f64() * 1e3;
    let sandbox = engine.start(template, Identity::new(id, format!("run-{run}"))).await?;
    let started = since(begin);
    invoke(&*sandbox).await?;
    let first = since(begin);
    // By now it has long been said; a spare that is made after this one has not come so far.
    let running = resumed.since(begin).ok_or("QEMU did not say that the guest runs")?;
    let used = processor_time(&directory.join("sandboxes").join(format!("run-{run}")))?;
    let second = Instant::now();
    invoke(&*sandbox).await?;
    let next = since(second);
    #[expect(clippy::cast_precision_loss, reason = "it is printed")]
    let private = sandbox.usage().await?.host_private as f64 / f64::from(1 << 20);
    let end = Instant::now();
    sandbox.stop().await;
    Ok([started, running, first, used, next, since(end), private])
}

/// Milliseconds to a snapshot on the disk, kibibytes of it, then milliseconds until the resume returned, to the whole
/// next answer, and of reading the costs a thousand times; the sandbox has answered ten times before.
async fn suspend_and_resume(
    engine: &QemuEngine,
    template: &TemplateName,
    run: usize,
) -> Result<[f64; 5], Failure> {
    let id = SandboxId::parse(&format!("suspended-{run}")).ok_or("name")?;
    let identity = Identity::new(id, format!("suspended-{run}"));
    let sandbox = engine.start(template, identity.clone()).await?;
    for _ in 0..10 {
        invoke(&*sandbox).await?;
    }
    let since = |begin: Instant| begin.elapsed().as_secs_f64() * 1e3;
    let name = SnapshotName::parse(&format!("run-{run}")).ok_or("name")?;
    let begin = Instant::now();
    let snapshot = sandbox.suspend(name.clone()).await?;
    let suspended = since(begin);
    let begin = Instant::now();
    let sandbox = engine.resume(&name, identity).await?;
    let resumed = since(begin);
    invoke(&*sandbox).await?;
    let answered = since(begin);
    let begin = Instant::now();
    for _ in 0..1000 {
        std::hint::black_box(sandbox.meter());
    }
    let metered = since(begin);
    sandbox.stop().await;
    engine.discard_snapshot(&name).await?;
    #[expect(clippy::cast_precision_loss, reason = "it is printed")]
    let size = snapshot.size as f64 / 1024.0;
    Ok([suspended, size, resumed, answered, metered])
}

/// When QEMU said that guests go on, read from the log of its monitor.
#[derive(Clone, Default)]
struct Resumed(Arc<Mutex<Vec<Instant>>>);

impl Resumed {
    /// The first one since `begin`, in milliseconds after it.
    fn since(&self, begin: Instant) -> Option<f64> {
        let times = self.0.lock().ok()?;
        let first = times.iter().find(|time| **time >= begin)?;
        Some((*first - begin).as_secs_f64() * 1e3)
    }
}

impl<S: tracing::Subscriber> Layer<S> for Resumed {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sandbox_qemu::qmp"
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut found = Says { what: "\"RESUME\"", found: false };
        event.record(&mut found);
        if found.found
            && let Ok(mut times) = self.0.lock()
        {
            times.push(Instant::now());
        }
    }
}

struct Says {
    what: &'static str,
    found: bool,
}

impl Visit for Says {
    fn record_str(&mut self, _: &Field, value: &str) {
        self.found |= value.contains(self.what);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Milliseconds, of all the machine's threads, to the nanosecond: `Usage` counts in hundredths of a second.
fn processor_time(home: &Path) -> Result<f64, Failure> {
    let owner: serde_json::Value = serde_json::from_slice(&std::fs::read(home.join("owner.json"))?)?;
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{}/task", owner["vmm"]["pid"]))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

async fn invoke(sandbox: &dyn sandbox::Sandbox) -> Result<(), Failure> {
    let body = br#"{"prompt":"hello"}"#;
    let exchange = Exchange {
        method: "POST".to_owned(),
        target: "/invocations".to_owned(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        length: Some(body.len() as u64),
        body: ByteStream::once(&body[..]),
    };
    let reply = sandbox.exchange(exchange).await?;
    let status = reply.status;
    let body = reply.body.collect(1 << 20).await?;
    if status == 200 { Ok(()) } else { Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into()) }
}

const RESTORE: [&str; COLUMNS] = [
    "start returned (ms)",
    "guest runs (ms)",
    "first answer complete (ms)",
    "its processor time (ms)",
    "second answer (ms)",
    "stopped (ms)",
    "private memory (MiB)",
];

const SUSPEND: [&str; 5] = [
    "suspended, on the disk (ms)",
    "its snapshot (KiB)",
    "resume returned (ms)",
    "next answer complete (ms)",
    "costs read (µs)",
];

fn print_rows<const N: usize>(what: &str, prefix: &str, names: &[&str; N], rows: &[[f64; N]]) {
    println!("{:34} {:>8} {:>8} {:>8}", format!("{} {what}", rows.len()), "p50", "min", "max");
    for (column, name) in names.iter().enumerate() {
        let mut values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        values.sort_by(f64::total_cmp);
        let middle = values[values.len() / 2];
        let name = format!("{prefix}{name}");
        println!("{name:34} {middle:8.1} {:8.1} {:8.1}", values[0], values[values.len() - 1]);
    }
}
