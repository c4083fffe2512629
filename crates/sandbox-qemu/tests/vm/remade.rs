//! A template goes, and another one of its name comes: whoever came from the first keeps to it.

use sandbox::contract::{Behaviour, Subject};
use sandbox::{Exchange, Identity, Sandbox, SandboxError, SandboxId};
use sandbox_qemu::Patience;
use stdx::ByteStream;

use crate::leftovers::names;
use crate::machines::{get, request, start};
use crate::subject::Microvms;
use crate::suspended::{resume, snapshot};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_keep_to_the_template_that_they_came_from() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let engine = subject.engine();
    let spec = subject.spec("remade", Behaviour::Serve).await;
    let template = engine.prepare(spec.clone()).await.unwrap().name;
    let running = start(&*engine, &template, "running").await;
    let asleep = start(&*engine, &template, "asleep").await;
    for (sandbox, text) in [(&running, "of the running one"), (&asleep, "of the sleeping one")] {
        write(&**sandbox, text).await;
    }
    let (running_is, asleep_is) = (boot_id(&*running).await, boot_id(&*asleep).await);
    asleep.suspend(snapshot("asleep")).await.unwrap();

    engine.discard_template(&template).await.unwrap();
    let identity = Identity::new(SandboxId::parse("late").unwrap(), "late");
    let refused = engine.start(&template, identity).await.err();
    assert!(matches!(&refused, Some(SandboxError::NoTemplate { .. })), "{refused:?}");
    // Of another size, so that memory of one under the state of the other could not go unnoticed.
    let mut larger = spec;
    larger.limits.memory_mib *= 2;
    engine.prepare(larger.clone()).await.unwrap();
    let new = start(&*engine, &template, "new").await;
    assert_eq!(new.exchange(request("/files/note")).await.unwrap().status, 404);

    assert_eq!(get(&*running, "/files/note").await, "of the running one");
    running.suspend(snapshot("running")).await.unwrap();
    // Made again once more, and this time the first was not removed before.
    engine.prepare(larger).await.unwrap();
    assert_eq!(get(&*new, "/ping").await, r#"{"status":"Healthy"}"#);
    for (name, text, is) in
        [("running", "of the running one", running_is), ("asleep", "of the sleeping one", asleep_is)]
    {
        let resumed = resume(&subject, &snapshot(name), name, &format!("host-of-{name}")).await;
        assert_eq!(get(&*resumed, "/files/note").await, text);
        assert_eq!(boot_id(&*resumed).await, is, "it is the same machine");
        resumed.stop().await;
    }
    engine.shut_down().await;
    assert_eq!(names(&subject.sandboxes()), [""; 0]);
    assert_eq!(names(&directory.path().join("templates")), [template.as_str()]);
}

async fn write(sandbox: &dyn Sandbox, text: &'static str) {
    let body = ByteStream::once(text);
    let put = Exchange {
        method: "PUT".to_owned(),
        length: u64::try_from(text.len()).ok(),
        body,
        ..request("/files/note")
    };
    assert_eq!(sandbox.exchange(put).await.unwrap().status, 200);
}

async fn boot_id(sandbox: &dyn Sandbox) -> String {
    get(sandbox, "/self").await.split(' ').nth(3).unwrap().to_owned()
}
