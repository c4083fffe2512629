//! Warm-up: what the program does once, before it is frozen, so that no sandbox has to do it.

use sandbox::{Ending, Exchange, SandboxError, Warmup};
use stdx::ByteStream;
use tokio::time::timeout;

use crate::sandbox::Shared;

/// How much of a refusal's body is quoted.
const EXCERPT: usize = 500;

/// Asks the program to warm up and waits until it has.
pub(super) async fn warm_up(machine: &Shared, warmup: &Warmup) -> Result<(), SandboxError> {
    let outcome = timeout(warmup.within, ask(machine, warmup)).await;
    let reason = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(reason)) => reason,
        Err(_) => format!("no answer within {} s", warmup.within.as_secs()),
    };
    machine.log.settle().await;
    let reason = format!("POST {}: {reason}", warmup.path);
    Err(SandboxError::WarmupFailed { reason, log: machine.log.tail() })
}

async fn ask(machine: &Shared, warmup: &Warmup) -> Result<(), String> {
    let exchange = Exchange {
        method: "POST".to_owned(),
        target: warmup.path.clone(),
        headers: Vec::new(),
        length: Some(0),
        body: ByteStream::empty(),
    };
    let asked = match warmup.port {
        Some(port) => machine.guest().exchange_at(port, exchange).await,
        None => machine.guest().exchange(exchange).await,
    };
    let mut reply = match asked {
        Ok(reply) => reply,
        Err(error) => return Err(describe(&machine.explain(error).await)),
    };
    let mut begun = Vec::new();
    while let Some(chunk) = reply.body.next().await {
        let chunk = chunk.map_err(|error| format!("the answer broke off ({error})"))?;
        let room = EXCERPT - begun.len();
        begun.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    if (200..300).contains(&reply.status) {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&begun);
    let body = if body.is_empty() { "nothing else" } else { body.trim() };
    Err(format!("status {} and {body}", reply.status))
}

fn describe(error: &SandboxError) -> String {
    match error {
        SandboxError::Ended(Ending::ProgramEnded { code: Some(code), .. }) => {
            format!("the program ended with exit code {code}")
        }
        SandboxError::Ended(Ending::ProgramEnded { signal: Some(signal), .. }) => {
            format!("the program was ended by signal {signal}")
        }
        SandboxError::Ended(Ending::Failed { reason }) => reason.clone(),
        other => other.to_string(),
    }
}
