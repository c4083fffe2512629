//! An agent that shows what reaches it and answers as the test wants.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream;
use sandbox::{Exchange, Reply, TemplateSpec};
use sandbox_sim::{NoReply, SimMachine, SimProcess, SimProgram, reply};
use serde_json::json;
use stdx::{BoxFuture, ByteStream};

/// The program, and what all of its processes share with the test.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<Shared>);

#[derive(Default)]
struct Shared {
    starts: AtomicUsize,
    pings: AtomicUsize,
    /// Streams that were opened and not dropped yet.
    open: AtomicUsize,
    /// What pings are answered; `Healthy` if nothing is set.
    ping: Mutex<Option<String>>,
    environment: Mutex<Vec<(String, String)>>,
    /// What it was told by the hook, in order.
    restored: Mutex<Vec<String>>,
    refuse_restored: AtomicBool,
    /// Host name and boot of every machine that answered.
    machines: Mutex<BTreeSet<(String, String)>>,
}

struct Process {
    shared: Arc<Shared>,
    /// The name of its template.
    template: String,
    count: AtomicU64,
}

impl Probe {
    /// How many processes booted (restored ones do not).
    pub(crate) fn starts(&self) -> usize {
        self.0.starts.load(Ordering::SeqCst)
    }

    pub(crate) fn pings(&self) -> usize {
        self.0.pings.load(Ordering::SeqCst)
    }

    pub(crate) fn open_streams(&self) -> usize {
        self.0.open.load(Ordering::SeqCst)
    }

    pub(crate) fn answer_pings(&self, body: &str) {
        *self.0.ping.lock().unwrap() = Some(body.to_owned());
    }

    pub(crate) fn restored(&self) -> Vec<String> {
        self.0.restored.lock().unwrap().clone()
    }

    pub(crate) fn refuse_restored(&self) {
        self.0.refuse_restored.store(true, Ordering::SeqCst);
    }

    pub(crate) fn machines(&self) -> Vec<(String, String)> {
        self.0.machines.lock().unwrap().iter().cloned().collect()
    }

    pub(crate) fn environment(&self, name: &str) -> Option<String> {
        let environment = self.0.environment.lock().unwrap();
        environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

impl SimProgram for Probe {
    fn start(&self, spec: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        self.0.starts.fetch_add(1, Ordering::SeqCst);
        *self.0.environment.lock().unwrap() = spec.program.environment.clone();
        let template = spec.name.to_string();
        Arc::new(Process { shared: Arc::clone(&self.0), template, count: AtomicU64::new(0) })
    }
}

impl SimProcess for Process {
    fn exchange(
        &self,
        exchange: Exchange,
        machine: SimMachine,
    ) -> BoxFuture<'static, Result<Reply, NoReply>> {
        if exchange.target == "/ping" {
            self.shared.pings.fetch_add(1, Ordering::SeqCst);
            let set = self.shared.ping.lock().unwrap().clone();
            let body = set.unwrap_or_else(|| r#"{"status":"Healthy"}"#.to_owned());
            return Box::pin(std::future::ready(Ok(reply(200, "application/json", ByteStream::once(body)))));
        }
        match exchange.target.as_str() {
            "/restored" => return restored(Arc::clone(&self.shared), exchange.body),
            "/refuse" => {
                machine.print_error("upstream said no");
                let refusal = reply(503, "text/plain", ByteStream::once("no model today"));
                return Box::pin(std::future::ready(Ok(refusal)));
            }
            "/hang" => return Box::pin(std::future::pending()),
            _ => {}
        }
        let known_by = (machine.identity().hostname.clone(), machine.boot_id());
        self.shared.machines.lock().unwrap().insert(known_by);
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let (shared, template) = (Arc::clone(&self.shared), self.template.clone());
        Box::pin(async move {
            let body = exchange.body.collect(1 << 20).await.map_err(|error| NoReply(error.to_string()))?;
            match &body[..] {
                b"stream" => Ok(reply(200, "text/event-stream", endless(shared))),
                b"refuse" => {
                    machine.print_error("upstream said no");
                    Ok(reply(503, "text/plain", ByteStream::once("no model today")))
                }
                b"exit" => {
                    machine.print_error("Fatal: cannot go on");
                    machine.exit(3);
                    Err(NoReply("connection reset".to_owned()))
                }
                b"hang" => std::future::pending().await,
                _ => {
                    let headers: Vec<_> = exchange
                        .headers
                        .iter()
                        .map(|(name, value)| (name, String::from_utf8_lossy(value)))
                        .collect();
                    let answer = json!({
                        "count": number, "template": template, "sandbox": machine.identity().id, "target": exchange.target,
                        "method": exchange.method, "headers": headers,
                    });
                    let mut answer = reply(200, "application/json", ByteStream::once(answer.to_string()));
                    answer.headers.push(("x-from-agent".to_owned(), b"yes".to_vec()));
                    Ok(answer)
                }
            }
        })
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(Self {
            shared: Arc::clone(&self.shared),
            template: self.template.clone(),
            count: AtomicU64::new(self.count.load(Ordering::SeqCst)),
        })
    }
}

/// Takes note of what the hook says.
fn restored(shared: Arc<Shared>, body: ByteStream) -> BoxFuture<'static, Result<Reply, NoReply>> {
    Box::pin(async move {
        let body = body.collect(1 << 10).await.map_err(|error| NoReply(error.to_string()))?;
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
        shared.restored.lock().unwrap().push(said["reason"].as_str().unwrap().to_owned());
        let status = if shared.refuse_restored.load(Ordering::SeqCst) { 500 } else { 204 };
        Ok(reply(status, "text/plain", ByteStream::empty()))
    })
}

/// One chunk, and then nothing more until the client leaves.
fn endless(shared: Arc<Shared>) -> ByteStream {
    struct Open(Arc<Shared>);
    impl Drop for Open {
        fn drop(&mut self) {
            self.0.open.fetch_sub(1, Ordering::SeqCst);
        }
    }
    shared.open.fetch_add(1, Ordering::SeqCst);
    let chunks = stream::unfold((Open(shared), false), async |(open, spoken)| {
        if spoken {
            std::future::pending::<()>().await;
        }
        Some((Ok(Bytes::from_static(b"data: 1\n\n")), (open, true)))
    });
    ByteStream::new(Box::pin(chunks))
}
