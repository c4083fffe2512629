//! Asking a program how it is.

use std::time::Duration;

use sandbox::{Exchange, Sandbox};
use serde::Deserialize;
use stdx::{ByteStream, Timestamp};

use super::machine::Ping;

/// Longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// How long an answer may take. Generous, since guest code may be emulated.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Body {
    status: Option<String>,
    time_of_last_update: Option<f64>,
}

/// Sends `GET /ping` and reads the answer.
pub(super) async fn ping(sandbox: &dyn Sandbox) -> Ping {
    let exchange = Exchange {
        method: "GET".to_owned(),
        target: "/ping".to_owned(),
        headers: Vec::new(),
        length: Some(0),
        body: ByteStream::empty(),
    };
    let Ok(reply) = sandbox.exchange(exchange).await else { return Ping::Unhealthy };
    let status = reply.status;
    let Ok(body) = reply.body.collect(LONGEST).await else { return Ping::Unhealthy };
    read(status, &body)
}

fn read(status: u16, body: &[u8]) -> Ping {
    if status != 200 {
        return Ping::Unhealthy;
    }
    // A program that answers 200 with something else is up, and nothing more is known.
    let Ok(body) = serde_json::from_slice::<Body>(body) else { return Ping::Healthy { since: None } };
    match body.status.as_deref() {
        Some("HealthyBusy") => Ping::Busy,
        Some("Healthy") | None => Ping::Healthy { since: body.time_of_last_update.map(from_seconds) },
        Some(_) => Ping::Unhealthy,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond the range saturates, which is what is wanted"
)]
fn from_seconds(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let healthy = |since: Option<i64>| Ping::Healthy { since: since.map(Timestamp::from_millis) };
        for (status, body, expected) in [
            (200, r#"{"status":"Healthy","time_of_last_update":1.5}"#, healthy(Some(1500))),
            (200, r#"{"status":"Healthy"}"#, healthy(None)),
            (200, "ok", healthy(None)),
            (200, r#"{"status":"HealthyBusy"}"#, Ping::Busy),
            (200, r#"{"status":"Ill"}"#, Ping::Unhealthy),
            (503, r#"{"status":"Healthy"}"#, Ping::Unhealthy),
        ] {
            assert_eq!(read(status, body.as_bytes()), expected, "{status} {body}");
        }
    }
}
