//! A sandbox that is booted without a template.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sandbox::contract::{Behaviour, Subject};
use sandbox::{Identity, SandboxId};
use sandbox_qemu::Patience;

use crate::leftovers::{names, processes_that_name};
use crate::machines::get;
use crate::subject::Microvms;

/// How far a guest's clock may be off once it has booted: a second for its clock chip, and some for the answer's way.
const CLOCK_ERROR: f64 = 1.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booted_sandbox_answers_knows_the_time_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("booted", Behaviour::Serve).await;
    let identity = Identity::new(SandboxId::parse("cold").unwrap(), "host-of-cold");
    let sandbox = subject.engine().boot(spec, identity).await.unwrap();
    let told = get(&*sandbox, "/self").await;
    let facts: Vec<&str> = told.split(' ').collect();
    assert_eq!(facts[2], "host-of-cold");
    #[expect(clippy::disallowed_methods, reason = "the guest's clock is compared with the host's own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let off = now.as_secs_f64() - facts[4].parse::<f64>().unwrap();
    assert!(off.abs() < CLOCK_ERROR, "the guest's clock is off by {off} s");
    assert!(sandbox.usage().await.unwrap().cpu > Duration::ZERO);
    sandbox.stop().await;
    assert_eq!(names(&subject.sandboxes()), [""; 0]);
    assert_eq!(names(&directory.path().join("templates")), [""; 0]);
    assert_eq!(processes_that_name(directory.path()), [""; 0]);
    subject.engine().shut_down().await;
}
