//! What every engine must do, as a suite that each engine runs on itself.
//!
//! An engine's test implements [`Subject`] and calls [`check_all`], or the checks one by one. The suite talks to an
//! agent that the subject provides (`agent.py` of the engine for real machines is the reference):
//! `GET /ping`; `POST /invocations` counts; `POST /echo` streams the body back as it comes; `GET /ticks` streams
//! without end; `GET /gone` says how many clients left such a stream; `POST /print` writes its body to both
//! outputs; `GET /hang`; `GET /exit` exits 3 without an answer; `GET /exit-later` answers and exits 0; `POST /say`
//! says its body as a line to the platform, on the connection it has (`kept`) or else a new one, and answers with the
//! line that comes back; `PUT` and `GET /files/NAME`, on its disk; the same of `/stored/NAME`, in a storage that is mounted at `/mnt/data`.

mod ending;
mod exchanges;
mod platform;
mod snapshots;
mod storages;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use stdx::{BoxFuture, ByteStream};

use crate::engine::{Engine, Sandbox};
use crate::exchange::{Exchange, Reply};
use crate::spec::{Identity, SandboxId, TemplateName, TemplateSpec};

/// How the agent behaves at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// As described above.
    Serve,
    /// Prints `agent is starting`, then a traceback with `absent` in it, and exits 1.
    Crash,
    /// Prints `agent is starting` and never listens; has a few seconds to become ready.
    Hang,
}

/// An engine under test.
pub trait Subject: Send + Sync {
    /// The engine.
    fn engine(&self) -> Arc<dyn Engine>;

    /// A spec for an agent of this behaviour, whose layer exists. The same name and behaviour give the same spec.
    fn spec<'a>(&'a self, name: &'a str, behaviour: Behaviour) -> BoxFuture<'a, TemplateSpec>;

    /// Makes the program's time budget pass when the engine's clock is not the machine's.
    fn pass_time(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Makes suspending fail from now on, or lets it succeed again. Says whether it can do that.
    fn hinder_suspending(&self, _: bool) -> bool {
        false
    }

    /// Kills the server while a sandbox of this id runs, and starts another one.
    fn restart<'a>(&'a self, template: &'a TemplateName, running: &'a str) -> BoxFuture<'a, ()>;
}

/// All checks, with one template shared by those that only start from it.
pub async fn check_all(subject: &dyn Subject) {
    templates::a_crash_at_start_is_told_with_its_last_lines(subject).await;
    templates::an_agent_that_does_not_listen_is_not_ready(subject).await;
    templates::what_does_not_exist_is_refused(subject).await;
    let template = subject.engine().prepare(subject.spec("contract", Behaviour::Serve).await).await;
    let template = template.expect("the agent can be prepared").name;
    platform::attach(subject);
    exchanges::state_is_kept_and_apart(subject, &template).await;
    exchanges::bodies_stream_both_ways(subject, &template).await;
    exchanges::a_big_body_passes_unchanged(subject, &template).await;
    exchanges::a_client_that_leaves_is_noticed(subject, &template).await;
    exchanges::output_is_kept(subject, &template).await;
    platform::the_platform_knows_who_calls(subject, &template).await;
    platform::a_freeze_closes_what_was_open(subject, &template).await;
    ending::stopping_ends_and_is_final(subject, &template).await;
    ending::dropping_the_handle_ends(subject, &template).await;
    ending::a_crash_in_a_request_is_told(subject, &template).await;
    ending::a_crash_while_idle_is_told(subject, &template).await;
    ending::an_id_is_used_once_at_a_time(subject, &template).await;
    snapshots::a_suspended_sandbox_goes_on(subject, &template).await;
    snapshots::a_snapshot_gives_any_number_of_sandboxes(subject, &template).await;
    snapshots::a_copy_stands_by_itself(subject, &template).await;
    snapshots::a_sandbox_that_cannot_be_suspended_runs_on(subject, &template).await;
    snapshots::an_absent_snapshot_is_refused(subject).await;
    snapshots::a_sandbox_tells_what_it_costs(subject, &template).await;
    snapshots::a_restart_finds_the_snapshots_to_be_kept(subject, &template).await;
    let keeping = storages::template(subject).await;
    storages::a_snapshot_goes_on_with_the_storage_it_was_frozen_with(subject, &keeping).await;
    storages::copies_have_storages_of_their_own(subject, &keeping).await;
    storages::what_a_snapshot_has_of_a_storage_can_be_had_without_it(subject, &keeping).await;
    subject.engine().discard_template(&keeping).await.expect("a template can be removed");
    let orphan = snapshots::taken(subject, &template, "orphan").await;
    templates::a_discarded_template_keeps_its_sandboxes(subject, &template).await;
    snapshots::a_snapshot_outlives_its_template(subject, &orphan).await;
    templates::a_restart_finds_what_is_to_be_kept(subject).await;
}

/// Starts a sandbox with this id.
async fn start(subject: &dyn Subject, template: &TemplateName, id: &str) -> Arc<dyn Sandbox> {
    subject.engine().start(template, identity(id)).await.expect("a sandbox starts from a template")
}

fn identity(id: &str) -> Identity {
    Identity::new(SandboxId::parse(id).expect("a plain name"), id)
}

fn request(method: &str, target: &str, body: impl Into<ByteStream>, length: Option<u64>) -> Exchange {
    Exchange {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: vec![("content-type".to_owned(), b"application/octet-stream".to_vec())],
        length,
        body: body.into(),
    }
}

fn get(target: &str) -> Exchange {
    request("GET", target, ByteStream::empty(), Some(0))
}

/// The whole text of an answer with status 200.
async fn text(reply: Reply) -> String {
    assert_eq!(reply.status, 200);
    let body = reply.body.collect(4 << 20).await.expect("the body is whole");
    String::from_utf8(body.into()).expect("the agent answers in UTF-8")
}

async fn ask(sandbox: &dyn Sandbox, exchange: Exchange) -> String {
    text(sandbox.exchange(exchange).await.expect("the agent answers")).await
}

async fn invoke(sandbox: &dyn Sandbox, body: &'static str) -> String {
    let length = u64::try_from(body.len()).ok();
    ask(sandbox, request("POST", "/invocations", ByteStream::once(body), length)).await
}

/// Completes once `condition` holds; a generous limit turns a hang into a failure.
async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), holds).await.expect("it comes to hold");
}
