//! Sends one request to a server on this machine, over and over, or many that differ by their number, on connections
//! that stay open, and prints how many were answered in what time, as JSON. The client does as little as it can: it
//! shares the processors with the server that it measures.

mod connection;
mod request;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::json;
use tokio::task::JoinSet;

use crate::connection::Connection;

/// Sends one request over and over. Keys to sign it come from the environment, as AWS's clients take them.
#[derive(Parser)]
struct Arguments {
    /// The server
    #[arg(long)]
    address: SocketAddr,
    /// Connections, each with one request at a time
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How long, in seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The request's method
    #[arg(long, default_value = "GET")]
    method: http::Method,
    /// The service that it is signed for; `none` for a request that brings a key in a header
    #[arg(long, default_value = "bedrock-agentcore")]
    service: String,
    /// A header field, `name: value`; may be repeated
    #[arg(long = "header")]
    headers: Vec<String>,
    /// The request's body
    #[arg(long, default_value = "")]
    body: String,
    /// Send so many requests at most, each once: `{n}` in the body is the request's number, `{nn}` its last two digits
    #[arg(long, default_value_t = 0)]
    distinct: usize,
    /// The request's path and query
    target: String,
}

/// Longest run: a signature holds for five minutes.
const LONGEST: u64 = 240;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.address.ip().is_loopback(), "{} is another machine", arguments.address);
    ensure!(arguments.seconds <= LONGEST, "at most {LONGEST} seconds");
    let requests: &'static Requests = Box::leak(Box::new(Requests {
        bytes: request::all(&arguments)?,
        once: arguments.distinct > 0,
        sent: AtomicUsize::new(0),
    }));
    let begun = Instant::now();
    let end = begun + Duration::from_secs(arguments.seconds);
    let mut connections = JoinSet::new();
    for _ in 0..arguments.connections {
        let connection = Connection::open(arguments.address).await?;
        connections.spawn(drive(connection, requests, end));
    }
    let mut all = Vec::new();
    while let Some(done) = connections.join_next().await {
        all.extend(done??);
    }
    let elapsed = begun.elapsed().as_secs_f64();
    ensure!(!all.is_empty(), "nothing was sent");
    all.sort_unstable();
    let at = |share: usize| all[(all.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!("{}", json!({ "requests": all.len(), "seconds": elapsed, "p50_ms": at(50), "p99_ms": at(99) }));
    Ok(())
}

/// What is sent.
struct Requests {
    bytes: Vec<Vec<u8>>,
    /// Whether each is sent only once.
    once: bool,
    sent: AtomicUsize,
}

impl Requests {
    fn next(&self) -> Option<&[u8]> {
        let index = if self.once { self.sent.fetch_add(1, Ordering::Relaxed) } else { 0 };
        self.bytes.get(index).map(Vec::as_slice)
    }
}

/// One request after the other; how long each took. An answer that is no success ends the measurement.
async fn drive(mut connection: Connection, requests: &Requests, end: Instant) -> Result<Vec<Duration>> {
    let mut taken = Vec::new();
    while taken.is_empty() || Instant::now() < end {
        let Some(request) = requests.next() else { break };
        let begun = Instant::now();
        let status = connection.exchange(request).await.context("the connection broke")?;
        ensure!((200..300).contains(&status), "the server answered {status}");
        taken.push(begun.elapsed());
    }
    Ok(taken)
}
