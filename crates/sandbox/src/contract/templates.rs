//! Templates: what they refuse, and how long they last.

use super::{Behaviour, Subject, identity, invoke, start};
use crate::engine::Keep;
use crate::error::SandboxError;
use crate::exchange::Ending;
use crate::spec::{LayerName, SandboxId, TemplateName};

pub(super) async fn a_crash_at_start_is_told_with_its_last_lines(subject: &dyn Subject) {
    let spec = subject.spec("crash", Behaviour::Crash).await;
    let name = spec.name.clone();
    match subject.engine().prepare(spec).await {
        Err(SandboxError::ProgramFailed { ending, log }) => {
            assert_eq!(ending, Ending::ProgramEnded { code: Some(1), signal: None });
            assert!(log.iter().any(|line| line.text.contains("absent")), "{log:?}");
        }
        other => panic!("a program that crashes at its start: {other:?}"),
    }
    // Nothing of it is left to start from.
    let started = subject.engine().start(&name, identity("from-crash")).await;
    assert!(matches!(started, Err(SandboxError::NoTemplate { .. })));
}

pub(super) async fn an_agent_that_does_not_listen_is_not_ready(subject: &dyn Subject) {
    let spec = subject.spec("hang", Behaviour::Hang).await;
    let engine = subject.engine();
    let (outcome, ()) = tokio::join!(engine.prepare(spec), subject.pass_time());
    match outcome {
        Err(SandboxError::NotReady { log, .. }) => {
            assert!(log.iter().any(|line| line.text == "agent is starting"), "{log:?}");
        }
        other => panic!("a program that never listens: {other:?}"),
    }
}

pub(super) async fn what_does_not_exist_is_refused(subject: &dyn Subject) {
    let absent = TemplateName::parse("absent").expect("a plain name");
    let started = subject.engine().start(&absent, identity("from-absent")).await;
    assert!(matches!(started, Err(SandboxError::NoTemplate { name, .. }) if name == absent));
    let mut spec = subject.spec("no-base", Behaviour::Serve).await;
    spec.base = "absent".to_owned();
    let prepared = subject.engine().prepare(spec.clone()).await;
    assert!(matches!(prepared, Err(SandboxError::NoBase(name)) if name == "absent"));
    let engine = subject.engine();
    engine.discard_template(&absent).await.expect("what is not there needs no removal");
    let layer = LayerName::parse("absent").expect("a plain name");
    engine.discard_layer(&layer).await.expect("what is not there needs no removal");
}

pub(super) async fn a_discarded_template_keeps_its_sandboxes(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "survivor").await;
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    subject.engine().discard_template(template).await.expect("it can be removed");
    assert_eq!(invoke(&*sandbox, "2").await, r#"{"count":2,"received":2}"#);
    let started = subject.engine().start(template, identity("late")).await;
    assert!(matches!(started, Err(SandboxError::NoTemplate { .. })));
    sandbox.stop().await;
}

pub(super) async fn a_restart_finds_what_is_to_be_kept(subject: &dyn Subject) {
    let keep = subject.spec("keep", Behaviour::Serve).await;
    let layer = keep.code.name.clone();
    let keep = subject.engine().prepare(keep).await.expect("the agent can be prepared").name;
    subject.restart(&keep, "left-behind").await;
    let engine = subject.engine();
    let recovered = engine
        .recover(&Keep { templates: vec![keep.clone()], layers: vec![layer], ..Keep::default() })
        .await
        .expect("leftovers are found");
    assert_eq!(recovered.ended, [SandboxId::parse("left-behind").expect("a plain name")]);
    assert_eq!(recovered.templates, std::slice::from_ref(&keep));
    let again = start(subject, &keep, "left-behind").await;
    assert_eq!(invoke(&*again, "1").await, r#"{"count":1,"received":1}"#);
    again.stop().await;
    let recovered = engine.recover(&Keep::default()).await.expect("everything can be removed");
    assert_eq!((recovered.ended, recovered.removed, recovered.templates), (vec![], 2, vec![]));
}
