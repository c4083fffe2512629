//! What programs say to the platform.

use std::sync::Arc;

use stdx::{BoxFuture, ByteStream};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::{Subject, ask, identity, request, start};
use crate::engine::Sandbox;
use crate::platform::{Duplex, Platform};
use crate::spec::{SandboxId, SnapshotName, TemplateName};

/// Says back each line with the name of whoever said it.
struct Echo;

impl Platform for Echo {
    fn serve(&self, from: SandboxId, connection: Box<dyn Duplex>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut connection = BufReader::new(connection);
            let mut line = String::new();
            while connection.read_line(&mut line).await.is_ok_and(|count| count > 0) {
                let answer = format!("{from} {line}");
                if connection.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
                line.clear();
            }
        })
    }
}

pub(super) fn attach(subject: &dyn Subject) {
    subject.engine().attach(Arc::new(Echo));
}

pub(super) async fn the_platform_knows_who_calls(subject: &dyn Subject, template: &TemplateName) {
    let one = start(subject, template, "caller-one").await;
    let two = start(subject, template, "caller-two").await;
    for (sandbox, name) in [(&one, "caller-one"), (&two, "caller-two")] {
        assert_eq!(say(&**sandbox, "hello").await, format!("new: {name} hello"));
        assert_eq!(say(&**sandbox, "again").await, format!("kept: {name} again"));
    }
    one.stop().await;
    assert_eq!(say(&*two, "still").await, "kept: caller-two still");
    // More than any buffer on the way holds.
    let long = "x".repeat(3 << 20);
    assert_eq!(say(&*two, &long).await, format!("kept: caller-two {long}"));
    two.stop().await;
}

pub(super) async fn a_freeze_closes_what_was_open(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "hangs-up").await;
    assert_eq!(say(&*sandbox, "hello").await, "new: hangs-up hello");
    let name = SnapshotName::parse("of-what-hung-up").expect("a plain name");
    sandbox.suspend(name.clone()).await.expect("a quiet sandbox can be suspended");
    let engine = subject.engine();
    let sandbox = engine.resume(&name, identity("calls-back")).await.expect("it goes on");
    assert_eq!(say(&*sandbox, "me again").await, "new: calls-back me again");
    sandbox.stop().await;
    engine.discard_snapshot(&name).await.expect("a snapshot can be removed");
}

/// Has the agent say something to the platform on the connection that it has, or on a new one.
async fn say(sandbox: &dyn Sandbox, line: &str) -> String {
    let length = u64::try_from(line.len()).ok();
    ask(sandbox, request("POST", "/say", ByteStream::once(line.to_owned()), length)).await
}
