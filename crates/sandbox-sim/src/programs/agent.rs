//! An agent with state: counts invocations, and does what the contract suite asks of an agent.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::stream;
use sandbox::{Exchange, TemplateSpec};
use stdx::ByteStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::{Answer, healthy, never, not_found, now, route};
use crate::program::{NoReply, SimMachine, SimProcess, SimProgram, reply};

const LARGEST_INVOCATION: usize = 128 << 20;

/// The program.
pub(super) struct Agent;

/// The process.
#[derive(Default)]
struct Process {
    state: Arc<Mutex<State>>,
    /// The connection to the platform. A clone has none.
    platform: Line,
}

type Line = Arc<tokio::sync::Mutex<Option<DuplexStream>>>;

#[derive(Clone, Default)]
struct State {
    count: u64,
    gone: u64,
    files: BTreeMap<String, Bytes>,
}

impl SimProgram for Agent {
    fn start(&self, _: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        machine.print("agent is starting");
        Arc::new(Process::default())
    }
}

impl SimProcess for Process {
    fn exchange(&self, exchange: Exchange, machine: SimMachine) -> Answer {
        let state = Arc::clone(&self.state);
        match route(&exchange) {
            ("GET", "/ping") => now(healthy()),
            ("POST", "/invocations") => Box::pin(invoke(state, exchange.body)),
            ("POST", "/echo") => now(reply(200, "application/octet-stream", exchange.body)),
            ("GET", "/ticks") => now(reply(200, "text/event-stream", ticks(state))),
            ("GET", "/gone") => text(lock(&state).gone.to_string()),
            ("POST", "/say") => Box::pin(say(Arc::clone(&self.platform), exchange.body, machine)),
            ("POST", "/print") => Box::pin(print(exchange.body, machine)),
            ("GET", "/hang") => never(),
            ("GET", "/exit") => {
                machine.print_error("leaving");
                machine.exit(3);
                Box::pin(std::future::ready(Err(NoReply("connection reset".to_owned()))))
            }
            ("GET", "/exit-later") => now(reply(200, "text/plain", exit_at_end(machine))),
            ("PUT", path) if path.starts_with("/stored/") => {
                Box::pin(store(machine, path.to_owned(), exchange.body))
            }
            ("GET", path) if path.starts_with("/stored/") => match machine.stored(path) {
                Some(content) => now(reply(200, "application/octet-stream", content)),
                None => now(not_found()),
            },
            ("PUT", path) => Box::pin(write(state, path.to_owned(), exchange.body)),
            ("GET", path) if path.starts_with("/files/") => match lock(&state).files.get(path) {
                Some(content) => now(reply(200, "application/octet-stream", content.clone())),
                None => now(not_found()),
            },
            _ => now(not_found()),
        }
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        let state = lock(&self.state).clone();
        Arc::new(Self { state: Arc::new(Mutex::new(state)), platform: Line::default() })
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no holder of the agent's lock panics")
}

fn text(body: String) -> Answer {
    now(reply(200, "text/plain", ByteStream::once(body)))
}

async fn invoke(state: Arc<Mutex<State>>, body: ByteStream) -> Result<sandbox::Reply, NoReply> {
    let body = body.collect(LARGEST_INVOCATION).await.map_err(|error| NoReply(error.to_string()))?;
    let count = {
        let mut state = lock(&state);
        state.count += 1;
        state.count
    };
    let received = if body.is_empty() { "null".into() } else { String::from_utf8_lossy(&body) };
    let answer = format!(r#"{{"count":{count},"received":{received}}}"#);
    Ok(reply(200, "application/json", ByteStream::once(answer)))
}

async fn write(state: Arc<Mutex<State>>, path: String, body: ByteStream) -> Result<sandbox::Reply, NoReply> {
    let content = body.collect(LARGEST_INVOCATION).await.map_err(|error| NoReply(error.to_string()))?;
    lock(&state).files.insert(path, content);
    Ok(reply(200, "text/plain", ByteStream::empty()))
}

async fn store(machine: SimMachine, path: String, body: ByteStream) -> Result<sandbox::Reply, NoReply> {
    let content = body.collect(LARGEST_INVOCATION).await.map_err(|error| NoReply(error.to_string()))?;
    let stored = machine.store(&path, content);
    Ok(reply(if stored { 200 } else { 404 }, "text/plain", ByteStream::empty()))
}

async fn say(platform: Line, body: ByteStream, machine: SimMachine) -> Result<sandbox::Reply, NoReply> {
    let broken = |error: io::Error| NoReply(error.to_string());
    let mut line = body.collect(LARGEST_INVOCATION).await.map_err(broken)?.to_vec();
    line.push(b'\n');
    let mut platform = platform.lock().await;
    let which = if platform.is_some() { "kept" } else { "new" };
    let open = || machine.call_platform();
    let connection = match &mut *platform {
        Some(connection) => connection,
        none => none.insert(open().ok_or_else(|| NoReply("nobody answers".to_owned()))?),
    };
    let mut heard = String::new();
    // Both at once: a long line does not fit into what lies between.
    let (mut hear, mut tell) = tokio::io::split(connection);
    tokio::try_join!(tell.write_all(&line), hear_line(&mut hear, &mut heard)).map_err(broken)?;
    Ok(reply(200, "text/plain", ByteStream::once(format!("{which}: {}", heard.trim_end()))))
}

async fn hear_line(connection: &mut (impl AsyncRead + Unpin), heard: &mut String) -> io::Result<()> {
    let mut piece = vec![0; 64 << 10];
    while !heard.ends_with('\n') {
        let count = connection.read(&mut piece).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        heard.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    Ok(())
}

async fn print(body: ByteStream, machine: SimMachine) -> Result<sandbox::Reply, NoReply> {
    let body = body.collect(LARGEST_INVOCATION).await.map_err(|error| NoReply(error.to_string()))?;
    let line = String::from_utf8_lossy(&body).into_owned();
    machine.print(line.clone());
    machine.print_error(line);
    Ok(reply(200, "text/plain", ByteStream::empty()))
}

/// Counts the clients that left it.
struct Leaving(Arc<Mutex<State>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        lock(&self.0).gone += 1;
    }
}

/// Events without end.
fn ticks(state: Arc<Mutex<State>>) -> ByteStream {
    let ticks = stream::unfold((0_u64, Leaving(state)), async |(number, leaving)| {
        tokio::task::yield_now().await;
        Some((Ok(Bytes::from(format!("data: {number}\n\n"))), (number + 1, leaving)))
    });
    ByteStream::new(Box::pin(ticks))
}

/// Says goodbye, then exits.
fn exit_at_end(machine: SimMachine) -> ByteStream {
    let parts = stream::unfold(Some(machine), async |machine| {
        let machine = machine?;
        machine.exit(0);
        Some((Ok(Bytes::from_static(b"goodbye")), None))
    });
    ByteStream::new(Box::pin(parts))
}
