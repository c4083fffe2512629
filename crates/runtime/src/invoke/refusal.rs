//! An agent that answers with an error.

use std::time::Duration;

use fault::{Fault, Kind};
use sandbox::Reply;
use stdx::{ByteStream, Clock};

use crate::sessions::Lease;
use crate::versions::quote_log;

/// How much of the agent's own words is passed on.
const EXCERPT: usize = 4 * 1024;
/// How long to wait for them.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the caller is told.
pub(super) async fn fault(reply: Reply, lease: &Lease, clock: &dyn Clock) -> Fault {
    let Reply { status, body, .. } = reply;
    let said = excerpt(body, clock).await;
    let log = quote_log(&lease.sandbox.log_tail());
    Fault::new(
        Kind::RuntimeClient,
        format!("Received error ({status}) from runtime. It answered: {said}{log}"),
    )
}

/// The beginning of what an agent says.
pub(crate) async fn excerpt(mut body: ByteStream, clock: &dyn Clock) -> String {
    let mut excerpt = Vec::new();
    let read = async {
        while let Some(Ok(chunk)) = body.next().await {
            let room = EXCERPT - excerpt.len();
            excerpt.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if excerpt.len() == EXCERPT {
                break;
            }
        }
    };
    // Whatever came in time is passed on.
    tokio::select! {
        () = read => {}
        () = clock.sleep_until(clock.now().plus(PATIENCE)) => {}
    }
    let said = String::from_utf8_lossy(&excerpt);
    if said.is_empty() { "nothing".to_owned() } else { said.into_owned() }
}
