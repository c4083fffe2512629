//! Counts the requests that the program is busy with, and stops new ones before a freeze.

use std::sync::Arc;

use tokio::sync::watch;

/// The gate to the program. Clones share it.
#[derive(Clone)]
pub(crate) struct Traffic(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Default)]
struct State {
    running: usize,
    freezing: bool,
}

impl Traffic {
    /// Open, with nothing running.
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(State::default())))
    }

    /// Lets a request through, unless the machine is about to be frozen. It runs until the pass is dropped.
    pub(crate) fn enter(&self) -> Option<Pass> {
        let mut open = false;
        self.0.send_modify(|state| {
            open = !state.freezing;
            state.running += usize::from(open);
        });
        open.then(|| Pass(self.clone()))
    }

    /// Lets nothing through any more and waits until nothing runs.
    pub(crate) async fn freeze(&self) {
        self.0.send_modify(|state| state.freezing = true);
        self.wait(|state| state.running == 0).await;
    }

    /// Lets requests through again.
    pub(crate) fn thaw(&self) {
        self.0.send_modify(|state| state.freezing = false);
    }

    /// Completes when a freeze has begun.
    pub(crate) async fn freezing(&self) {
        self.wait(|state| state.freezing).await;
    }

    async fn wait(&self, until: impl Fn(&State) -> bool) {
        let reached = self.0.subscribe().wait_for(until).await.is_ok();
        debug_assert!(reached, "the sender is held here");
    }
}

/// One running request.
pub(crate) struct Pass(Traffic);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_freeze_waits_for_what_runs_and_refuses_the_rest() {
        let traffic = Traffic::new();
        let pass = traffic.enter().unwrap();
        let freeze = tokio::spawn({
            let traffic = traffic.clone();
            async move { traffic.freeze().await }
        });
        traffic.freezing().await;
        assert!(traffic.enter().is_none());
        assert!(!freeze.is_finished());
        drop(pass);
        freeze.await.unwrap();
        traffic.thaw();
        assert!(traffic.enter().is_some());
    }
}
