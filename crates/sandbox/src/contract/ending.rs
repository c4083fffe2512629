//! How sandboxes end.

use super::{Subject, ask, get, identity, invoke, start};
use crate::error::SandboxError;
use crate::exchange::Ending;
use crate::spec::TemplateName;

pub(super) async fn stopping_ends_and_is_final(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "stops").await;
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    sandbox.stop().await;
    assert_eq!(sandbox.ended().await, Ending::Stopped);
    let late = sandbox.exchange(get("/ping")).await;
    assert!(matches!(late, Err(SandboxError::Ended(Ending::Stopped))), "{late:?}");
    assert!(matches!(sandbox.usage().await, Err(SandboxError::Ended(Ending::Stopped))));
    sandbox.stop().await;
}

pub(super) async fn dropping_the_handle_ends(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "dropped").await;
    let ended = sandbox.ended();
    drop(sandbox);
    assert_eq!(ended.await, Ending::Stopped);
}

pub(super) async fn a_crash_in_a_request_is_told(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "crashes").await;
    let answer = sandbox.exchange(get("/exit")).await;
    let ending = Ending::ProgramEnded { code: Some(3), signal: None };
    match answer {
        Err(SandboxError::Ended(told)) => assert_eq!(told, ending),
        Err(SandboxError::NoAnswer(_)) => {}
        other => panic!("an answer of a program that has exited: {other:?}"),
    }
    assert_eq!(sandbox.ended().await, ending);
    assert!(sandbox.log_tail().iter().any(|line| line.text == "leaving"));
}

pub(super) async fn a_crash_while_idle_is_told(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "crashes-idle").await;
    assert_eq!(ask(&*sandbox, get("/exit-later")).await, "goodbye");
    assert_eq!(sandbox.ended().await, Ending::ProgramEnded { code: Some(0), signal: None });
}

pub(super) async fn an_id_is_used_once_at_a_time(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "same").await;
    let second = subject.engine().start(template, identity("same")).await;
    assert!(matches!(second, Err(SandboxError::Failed { .. })));
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    sandbox.stop().await;
    let again = start(subject, template, "same").await;
    assert_eq!(invoke(&*again, "1").await, r#"{"count":1,"received":1}"#);
    again.stop().await;
}
