//! Asks the program until it says that it is ready.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{self, Either};
use guest_protocol::control::{ProgramExit, Readiness};
use guest_protocol::hello::Boot;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Between two probes: short beside any start, long beside what a probe costs.
const PAUSE: Duration = Duration::from_millis(15);
/// A probe that was taken but not answered is given up after this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Probes until the program is ready, has ended or has used up its time.
pub(crate) async fn run(boot: &Boot, mut exit: watch::Receiver<Option<ProgramExit>>) -> Readiness {
    let started = Instant::now();
    let deadline = started + Duration::from_millis(boot.ready_within_ms);
    let mut last_probe = "nothing".to_owned();
    let ready = async {
        loop {
            match timeout(PATIENCE, once(boot)).await {
                Ok(Ok(StatusCode::OK)) => return,
                Ok(Ok(status)) => last_probe = format!("status {}", status.as_u16()),
                Ok(Err(error)) => last_probe = error,
                Err(_) => last_probe = "no answer".to_owned(),
            }
            sleep(PAUSE).await;
        }
    };
    tokio::select! {
        biased;
        ended = exit.wait_for(Option::is_some) => {
            let exit = ended.ok().and_then(|exit| *exit);
            return Readiness::Ended { exit: exit.unwrap_or(ProgramExit { code: None, signal: None }) };
        }
        ready = timeout_at(deadline, ready) => if ready.is_ok() {
            let after_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            return Readiness::Ready { after_ms };
        }
    }
    Readiness::TimedOut { last_probe }
}

/// One probe on a connection of its own, closed behind it.
async fn once(boot: &Boot) -> Result<StatusCode, String> {
    let stream =
        TcpStream::connect(("127.0.0.1", boot.port)).await.map_err(|error| error.kind().to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let request = Request::get(&boot.ready_path)
        .header(header::HOST, format!("localhost:{}", boot.port))
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = pin!(async { sender.send_request(request).await.map(|answer| answer.status()) });
    let answer = match future::select(answer, pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        // The connection may end in the moment in which the answer is here.
        Either::Right((_, answer)) => answer.await,
    };
    answer.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
