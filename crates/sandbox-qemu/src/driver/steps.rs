//! What a driver waits for, each as a future that ends in an event.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::control::{self, ProgramExit, Readiness};
use sandbox::machine::Event;
use stdx::Clock;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::guest::{CarryError, Connection, Guest};
use crate::options::Patience;
use crate::qmp::{Command, Qmp, QmpError};
use crate::sandbox::Shared;

/// Connections to the platform that one program may have open; the next waits in the guest.
const PLATFORM_CONNECTIONS: usize = 64;

/// Writing a machine's state takes milliseconds; its memory is a file already.
const SAVING: Duration = Duration::from_secs(60);

pub(super) async fn greet(answered: oneshot::Receiver<Result<(), String>>, limit: Duration) -> Option<Event> {
    let reason = match timeout(limit, answered).await {
        Ok(Ok(Ok(()))) => return Some(Event::Awake),
        Ok(Ok(Err(reason))) => format!("the guest could not begin: {reason}"),
        // The stream broke: the machine is about to be seen dead, which says more.
        Ok(Err(_)) => return None,
        Err(_) => format!("the guest gave no sign of life within {} s", limit.as_secs()),
    };
    Some(Event::Failed { reason })
}

pub(super) async fn await_ready(shared: Arc<Shared>, limit: Duration) -> Option<Event> {
    let readiness = timeout(limit, shared.guest().report::<Readiness>(control::READY)).await;
    Some(match readiness {
        Ok(Ok(Readiness::Ready { .. })) => Event::Ready,
        Ok(Ok(Readiness::Ended { exit })) => {
            shared.log.finish().await;
            exited(exit)
        }
        Ok(Ok(Readiness::TimedOut { last_probe })) => {
            let reason = format!("the program was not ready in time: {last_probe}");
            // Only this step sets it, and it runs once.
            let _ = shared.last_probe.set(last_probe);
            Event::Failed { reason }
        }
        Ok(Err(error)) => return broken(&error, "waiting for readiness"),
        Err(_) => Event::Failed { reason: "the guest did not report the program's readiness".to_owned() },
    })
}

/// Watches once the first exchange has its answer, or none was made for a while: a guest that has just been restored
/// is slow at everything it does for the first time, and what the caller waits for comes first.
pub(super) async fn later<F: Future<Output = Option<Event>>>(
    watch: impl FnOnce(Arc<Shared>) -> F,
    shared: Arc<Shared>,
) -> Option<Event> {
    shared.first_answer().await;
    watch(shared).await
}

pub(super) async fn follow_output(shared: Arc<Shared>) -> Option<Event> {
    shared.log.follow(&shared.guest()).await;
    None
}

/// Has the platform answer whatever the program says to it, until the guest becomes quiet or is gone.
pub(super) async fn serve_platform(shared: Arc<Shared>) -> Option<Event> {
    // Behind the first request, which is what the caller waits for.
    shared.first_request().await;
    let guest = shared.guest();
    // Dropped with this future, and each of them with it.
    let mut serving = JoinSet::new();
    loop {
        while serving.len() >= PLATFORM_CONNECTIONS {
            serving.join_next().await;
        }
        let Ok(connection) = guest.accept().await else { return None };
        // Before a platform is attached the connection is closed, which the program sees at once.
        if let Some(platform) = shared.platform.get() {
            serving.spawn(platform.serve(shared.id.clone(), Box::new(connection)));
        }
        while serving.try_join_next().is_some() {}
    }
}

pub(super) async fn program_exit(shared: Arc<Shared>) -> Option<Event> {
    match shared.guest().report::<ProgramExit>(control::EXIT).await {
        Ok(exit) => {
            shared.log.finish().await;
            Some(exited(exit))
        }
        Err(error) => broken(&error, "watching the program"),
    }
}

/// Asks for a sign of life again and again.
pub(super) async fn pulse(
    mut pings: h2::PingPong,
    clock: Arc<dyn Clock>,
    patience: Patience,
) -> Option<Event> {
    loop {
        clock.sleep_until(clock.now().plus(patience.pulse_every)).await;
        match timeout(patience.pulse, pings.ping(h2::Ping::opaque())).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return None,
            Err(_) => {
                let reason = format!("the guest hangs: no sign of life for {} s", patience.pulse.as_secs());
                return Some(Event::Failed { reason });
            }
        }
    }
}

pub(super) async fn quiesce(connection: Connection, guest: Guest, limit: Duration) -> Option<Event> {
    Some(match timeout(limit, connection.quiesce(&guest)).await {
        Ok(Ok(_)) => Event::Quiet,
        Ok(Err(error)) => Event::Failed { reason: format!("the guest did not become quiet: {error}") },
        Err(_) => Event::Failed { reason: "the guest did not become quiet in time".to_owned() },
    })
}

pub(super) async fn save(monitor: Qmp) -> Option<Event> {
    Some(match write_state(monitor).await {
        Ok(()) => Event::Saved,
        Err(error) => Event::Failed { reason: format!("the machine's state could not be saved: {error}") },
    })
}

async fn write_state(mut monitor: Qmp) -> Result<(), QmpError> {
    monitor.settle(SAVING).await?;
    // Memory is shared with its file, so it does not matter that the processors run until QEMU stops them.
    let commands = [Command::ignore_shared_memory(), Command::unlimited_bandwidth(), Command::save()];
    for command in commands {
        monitor.execute(command, SAVING).await?;
    }
    monitor.migrated(SAVING).await
}

fn exited(exit: ProgramExit) -> Event {
    Event::ProgramExited { code: exit.code, signal: exit.signal }
}

/// A broken connection is no news when the machine has died; anything else is.
fn broken(error: &CarryError, during: &str) -> Option<Event> {
    match error {
        CarryError::Broken(_) | CarryError::Body(_) => None,
        _ => Some(Event::Failed { reason: format!("{during}: {error}") }),
    }
}
