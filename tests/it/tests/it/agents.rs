//! Programs for the simulated disk whose every step a test can take.

use std::sync::Arc;

use bytes::Bytes;
use sandbox::{Exchange, Reply, TemplateSpec};
use sandbox_sim::{NoReply, SimMachine, SimProcess, SimProgram, reply};
use stdx::{BoxFuture, ByteStream};
use tokio::sync::{mpsc, watch};

/// What an agent does with an invocation.
pub(crate) type Answer = BoxFuture<'static, Result<Reply, NoReply>>;

/// An agent that is healthy and answers invocations by this function.
pub(crate) struct Agent<F>(Arc<F>);

impl<F: Fn(Exchange) -> Answer + Send + Sync + 'static> Agent<F> {
    pub(crate) fn new(answer: F) -> Self {
        Self(Arc::new(answer))
    }
}

impl<F: Fn(Exchange) -> Answer + Send + Sync + 'static> SimProgram for Agent<F> {
    fn start(&self, _: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        machine.print("the agent has started");
        self.fork()
    }
}

impl<F: Fn(Exchange) -> Answer + Send + Sync + 'static> SimProcess for Agent<F> {
    fn exchange(&self, exchange: Exchange, _: SimMachine) -> Answer {
        if exchange.method == "GET" {
            return now(reply(200, "application/json", ByteStream::once(r#"{"status":"Healthy"}"#)));
        }
        (self.0)(exchange)
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

/// An agent that does not become healthy before it may.
pub(crate) struct Slow(pub(crate) watch::Receiver<bool>);

impl SimProgram for Slow {
    fn start(&self, _: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        self.fork()
    }
}

impl SimProcess for Slow {
    fn exchange(&self, _: Exchange, _: SimMachine) -> Answer {
        let mut may = self.0.clone();
        Box::pin(async move {
            may.wait_for(|may| *may).await.map_err(|_| NoReply("nobody lets it".to_owned()))?;
            Ok(reply(200, "application/json", ByteStream::once(r#"{"status":"Healthy"}"#)))
        })
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(Self(self.0.clone()))
    }
}

/// A body that comes chunk by chunk as the other end says. Sending fails once nobody reads it any more.
pub(crate) fn dictated() -> (mpsc::Sender<&'static str>, ByteStream) {
    let (sender, mut chunks) = mpsc::channel(1);
    let body = futures_util::stream::poll_fn(move |context| {
        chunks.poll_recv(context).map(|chunk: Option<&str>| chunk.map(|chunk| Ok(Bytes::from(chunk))))
    });
    (sender, ByteStream::new(body))
}

/// An answer that needs no time.
pub(crate) fn now(reply: Reply) -> Answer {
    Box::pin(std::future::ready(Ok(reply)))
}
