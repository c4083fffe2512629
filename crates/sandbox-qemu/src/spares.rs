//! Which templates have a machine that was started ahead. Each belongs to a task, its keeper, that hands it out or
//! ends it; what is here only leads to the keepers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sandbox::TemplateName;
use tokio::sync::oneshot;

/// The keepers. When this is dropped, they end what they keep.
pub(crate) struct Spares<S> {
    most: usize,
    keepers: Mutex<HashMap<TemplateName, Keeper<S>>>,
}

struct Keeper<S> {
    ready: Arc<AtomicBool>,
    requests: oneshot::Sender<oneshot::Sender<S>>,
}

/// The right and the duty to keep a machine ready.
pub(crate) struct Vacancy<S> {
    ready: Arc<AtomicBool>,
    requests: oneshot::Receiver<oneshot::Sender<S>>,
}

impl<S> Spares<S> {
    /// None yet, and never for more than `most` templates.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, keepers: Mutex::default() }
    }

    /// Asks for a keeper, unless the template has one or there are too many.
    pub(crate) fn vacancy(&self, template: &TemplateName) -> Option<Vacancy<S>> {
        let mut keepers = self.keepers();
        keepers.retain(|_, keeper| !keeper.requests.is_closed());
        if keepers.len() >= self.most || keepers.contains_key(template) {
            return None;
        }
        let (requests, received) = oneshot::channel();
        let ready = Arc::<AtomicBool>::default();
        keepers.insert(template.clone(), Keeper { ready: Arc::clone(&ready), requests });
        Some(Vacancy { ready, requests: received })
    }

    /// The machine that is ready, if one is. One that is not is not waited for: whoever comes in a crowd starts
    /// from nothing sooner.
    pub(crate) async fn take(&self, template: &TemplateName) -> Option<S> {
        let keeper = {
            let mut keepers = self.keepers();
            if !keepers.get(template)?.ready.load(Ordering::Acquire) {
                return None;
            }
            keepers.remove(template)?
        };
        let (handed, spare) = oneshot::channel();
        keeper.requests.send(handed).ok()?;
        spare.await.ok()
    }

    /// Has the template's machine ended.
    pub(crate) fn discard(&self, template: &TemplateName) {
        self.keepers().remove(template);
    }

    fn keepers(&self) -> MutexGuard<'_, HashMap<TemplateName, Keeper<S>>> {
        self.keepers.lock().expect("no holder of the spares' lock panics")
    }
}

impl<S> Vacancy<S> {
    /// Says that the machine is ready and waits until somebody wants it. `None`: it is not wanted any more.
    pub(crate) async fn wanted(&mut self) -> Option<oneshot::Sender<S>> {
        self.ready.store(true, Ordering::Release);
        (&mut self.requests).await.ok()
    }

    /// Completes when it is not wanted any more, before it is ready.
    pub(crate) async fn unwanted(&mut self) {
        // Nobody asks for what is not ready.
        let _ = (&mut self.requests).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> TemplateName {
        TemplateName::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_spare_is_handed_out_once_and_only_when_it_is_ready() {
        let spares = Arc::new(Spares::<u32>::new(1));
        let mut vacancy = spares.vacancy(&name("one")).unwrap();
        assert!(spares.vacancy(&name("one")).is_none(), "it has a keeper");
        assert!(spares.vacancy(&name("two")).is_none(), "one is enough");
        assert_eq!(spares.take(&name("one")).await, None);
        let mut wanted = Box::pin(vacancy.wanted());
        assert!(futures_util::poll!(&mut wanted).is_pending());
        let taking = tokio::spawn({
            let spares = Arc::clone(&spares);
            async move { spares.take(&name("one")).await }
        });
        wanted.await.unwrap().send(7).unwrap();
        assert_eq!(taking.await.unwrap(), Some(7));
        assert_eq!(spares.take(&name("one")).await, None);
        assert!(spares.vacancy(&name("two")).is_some());
    }

    #[tokio::test]
    async fn keepers_learn_that_nobody_will_come() {
        let spares = Spares::<u32>::new(2);
        let mut discarded = spares.vacancy(&name("one")).unwrap();
        let mut dropped = spares.vacancy(&name("two")).unwrap();
        spares.discard(&name("one"));
        discarded.unwanted().await;
        drop(spares);
        assert!(dropped.wanted().await.is_none());
    }

    #[tokio::test]
    async fn a_keeper_that_gave_up_makes_room() {
        let spares = Spares::<u32>::new(1);
        drop(spares.vacancy(&name("one")).unwrap());
        assert_eq!(spares.take(&name("one")).await, None);
        assert!(spares.vacancy(&name("two")).is_some());
    }
}
