//! A model that answers from a script, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use inference::{
    Attribution, Embedding, ErrorKind, Events, Inference, ModelError, Provider, Purpose, Request,
};
use inference_scripted::Scripted;
use stdx::{BoxFuture, ManualClock};

pub(crate) struct Teacher {
    script: Scripted,
    asked: Mutex<Vec<(Request, Attribution)>>,
}

impl Teacher {
    pub(crate) fn new(clock: &Arc<ManualClock>, script: &str) -> Arc<Self> {
        let script = Scripted::parse(script, clock.clone()).unwrap();
        Arc::new(Self { script, asked: Mutex::default() })
    }

    /// What was asked since this was called last: the system's and the user's text of each question.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked
            .into_iter()
            .map(|(request, _)| (request.system.join("\n"), request.messages[0].plain_text()))
            .collect()
    }

    /// The last question as it came.
    pub(crate) fn last(&self) -> (Request, Attribution) {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

impl Inference for Teacher {
    fn converse<'a>(
        &'a self,
        request: Request,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<Events, ModelError>> {
        self.asked.lock().unwrap().push((request.clone(), whom.clone()));
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.script.converse(&request).await
        })
    }

    fn count_tokens<'a>(
        &'a self,
        request: Request,
        _: &'a Attribution,
    ) -> BoxFuture<'a, Result<u64, ModelError>> {
        Box::pin(async move { Ok(self.script.count_tokens(&request).await?.unwrap_or(0)) })
    }

    fn embed<'a>(
        &'a self,
        _: &'a str,
        _: &'a [String],
        _: Purpose,
        _: &'a Attribution,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        let error = ModelError::new(ErrorKind::NotConfigured, "There is no embedder.");
        Box::pin(std::future::ready(Err(error)))
    }
}
