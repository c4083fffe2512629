//! Warm-up happens once, before the freeze, and its failure says why.

use std::time::Duration;

use sandbox::contract::{Behaviour, Subject};
use sandbox::{SandboxError, TemplateSpec, Warmup};
use sandbox_qemu::Patience;

use crate::machines::{get, start};
use crate::subject::Microvms;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_loaded_at_warm_up_is_loaded_once_for_all() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = warmed(&subject, &["8081"], Some(8081)).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    for id in ["one", "two"] {
        let sandbox = start(&*subject.engine(), &template, id).await;
        assert_eq!(get(&*sandbox, "/loaded").await, "1 by template");
    }
    subject.engine().shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warm_up_that_fails_says_why_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let failing = warmed(&subject, &["fail"], None).await;
    let (reason, log) = failure(&subject, failing).await;
    assert_eq!(reason, r#"POST /warm: status 500 and {"error":"cannot load"}"#);
    assert_eq!(log.last().map(String::as_str), Some("model.bin is missing"));
    let dying = warmed(&subject, &["die"], None).await;
    let (reason, _) = failure(&subject, dying).await;
    assert_eq!(reason, "POST /warm: the program ended with exit code 7");
    let mut hanging = warmed(&subject, &["hang"], None).await;
    hanging.warmup.as_mut().unwrap().within = Duration::from_secs(2);
    let (reason, _) = failure(&subject, hanging).await;
    assert_eq!(reason, "POST /warm: no answer within 2 s");
    let nobody_there = warmed(&subject, &[], Some(8082)).await;
    let (reason, _) = failure(&subject, nobody_there).await;
    assert_eq!(reason, "POST /warm: the program did not answer: refused");
    subject.engine().shut_down().await;
    for part in ["sandboxes", "templates"] {
        let left = std::fs::read_dir(directory.path().join(part)).unwrap().count();
        assert_eq!(left, 0, "{part}");
    }
}

/// A spec whose program is warmed up.
async fn warmed(subject: &Microvms, arguments: &[&str], port: Option<u16>) -> TemplateSpec {
    let mut spec = subject.spec("warm", Behaviour::Serve).await;
    spec.program.arguments = ["python3", "/var/task/warm.py"].map(str::to_owned).to_vec();
    spec.program.arguments.extend(arguments.iter().copied().map(str::to_owned));
    spec.warmup = Some(Warmup { port, path: "/warm".to_owned(), within: Duration::from_secs(60) });
    spec
}

async fn failure(subject: &Microvms, spec: TemplateSpec) -> (String, Vec<String>) {
    match subject.engine().prepare(spec).await {
        Err(SandboxError::WarmupFailed { reason, log }) => {
            (reason, log.into_iter().map(|line| line.text).collect())
        }
        other => panic!("{other:?}"),
    }
}
