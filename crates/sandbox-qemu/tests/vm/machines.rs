//! What only real machines have: identity, limits, a process that can die or hang.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Signal, kill_process};
use sandbox::contract::{Behaviour, Subject};
use sandbox::{Ending, Engine, Exchange, Identity, Sandbox, SandboxId, TemplateName};
use sandbox_qemu::Patience;
use stdx::ByteStream;

use crate::subject::Microvms;

const DISK_MIB: u64 = 128;
const PROCESSES: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_differ_keep_their_limits_and_fail_clearly() {
    let directory = tempfile::tempdir().unwrap();
    let patience = Patience {
        pulse_every: Duration::from_millis(300),
        pulse: Duration::from_secs(15),
        ..Patience::default()
    };
    let subject = Microvms::new(directory.path(), patience).await;
    let spec = subject.spec("machines", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    siblings_differ(&subject, &template).await;
    limits_hold(&subject, &template, directory.path()).await;
    a_killed_machine_is_told(&subject, &template).await;
    a_hung_machine_is_told(&subject, &template).await;
    subject.engine().shut_down().await;
    let left = std::fs::read_dir(subject.sandboxes()).unwrap().count();
    assert_eq!(left, 0);
}

pub(crate) async fn start(
    engine: &dyn Engine,
    template: &TemplateName,
    id: &str,
) -> std::sync::Arc<dyn Sandbox> {
    let identity = Identity::new(SandboxId::parse(id).unwrap(), format!("host-of-{id}"));
    engine.start(template, identity).await.unwrap()
}

pub(crate) async fn get(sandbox: &dyn Sandbox, target: &str) -> String {
    let reply = sandbox.exchange(request(target)).await.unwrap();
    assert_eq!(reply.status, 200, "{target}");
    String::from_utf8(reply.body.collect(1 << 20).await.unwrap().into()).unwrap()
}

/// A request for `target`.
pub(crate) fn request(target: &str) -> Exchange {
    Exchange {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        length: Some(0),
        body: ByteStream::empty(),
    }
}

async fn siblings_differ(subject: &Microvms, template: &TemplateName) {
    let engine = subject.engine();
    let (one, two) = (start(&*engine, template, "one").await, start(&*engine, template, "two").await);
    let (first, second) = (get(&*one, "/self").await, get(&*two, "/self").await);
    let (first, second): (Vec<_>, Vec<_>) = (first.split(' ').collect(), second.split(' ').collect());
    for (fact, name) in ["urandom", "uuid4", "host name", "boot id"].iter().enumerate() {
        assert_ne!(first[fact], second[fact], "{name}");
    }
    assert_eq!((first[2], second[2]), ("host-of-one", "host-of-two"));
    #[expect(clippy::disallowed_methods, reason = "the guest's clock is compared with the host's own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let told: f64 = second[4].parse().unwrap();
    assert!((now - told).abs() < 5.0, "the guest's clock is off by {} s", now - told);
    one.stop().await;
    two.stop().await;
}

async fn limits_hold(subject: &Microvms, template: &TemplateName, directory: &Path) {
    let engine = subject.engine();
    let sandbox = start(&*engine, template, "limited").await;
    let spawned = get(&*sandbox, "/spawn").await;
    let (count, reason) = spawned.split_once(' ').unwrap();
    assert_eq!(reason, "Resource temporarily unavailable");
    assert!((PROCESSES / 2..PROCESSES).contains(&count.parse().unwrap()), "{count} processes");
    let filled = get(&*sandbox, "/fill").await;
    let (mib, reason) = filled.split_once(' ').unwrap();
    assert_eq!(reason, "No space left on device");
    assert!((DISK_MIB / 2..DISK_MIB).contains(&mib.parse().unwrap()), "{mib} MiB");
    assert_eq!(get(&*sandbox, "/allocate").await, "9", "the guest's kernel ends what takes too much memory");
    assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
    let usage = sandbox.usage().await.unwrap();
    assert!(usage.memory_peak <= 256 << 20);
    assert!(usage.host_private < 700 << 20);
    assert!(usage.cpu > Duration::ZERO);
    sandbox.stop().await;
    assert!(directory.is_dir());
}

async fn a_killed_machine_is_told(subject: &Microvms, template: &TemplateName) {
    let engine = subject.engine();
    let sandbox = start(&*engine, template, "killed").await;
    assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
    kill_process(subject.pid("killed"), Signal::KILL).unwrap();
    let Ending::Failed { reason } = sandbox.ended().await else { panic!("it was killed") };
    assert!(reason.contains("signal: 9"), "{reason}");
}

async fn a_hung_machine_is_told(subject: &Microvms, template: &TemplateName) {
    let engine = subject.engine();
    let sandbox = start(&*engine, template, "hung").await;
    assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
    kill_process(subject.pid("hung"), Signal::STOP).unwrap();
    let Ending::Failed { reason } = sandbox.ended().await else { panic!("it was stopped") };
    assert!(reason.contains("hangs"), "{reason}");
}
