//! The machines that were started ahead. Each belongs to a task, its keeper, that makes it, hands it out or ends it;
//! what is here only leads to the keepers.

mod demand;
mod pace;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sandbox::TemplateName;
use tokio::sync::oneshot;
use tokio::time::timeout;

use demand::Demand;
pub(crate) use pace::{Pace, Starting};

/// The keepers. When this is dropped, they end what they keep.
pub(crate) struct Spares<S>(Mutex<State<S>>);

struct State<S> {
    demand: Demand,
    keepers: HashMap<TemplateName, Vec<Keeper<S>>>,
    /// How long the last machine of a template took to make, in milliseconds; 0 as long as there was none.
    took: HashMap<TemplateName, Arc<AtomicU64>>,
}

struct Keeper<S> {
    progress: Progress,
    requests: oneshot::Sender<oneshot::Sender<S>>,
}

/// The right and the duty to keep a machine ready.
pub(crate) struct Vacancy<S> {
    progress: Progress,
    requests: oneshot::Receiver<oneshot::Sender<S>>,
    /// Who could not wait until it was ready.
    early: Option<oneshot::Sender<S>>,
}

/// How far a machine has come. Clones share it.
#[derive(Clone)]
pub(crate) struct Progress {
    stage: Arc<Mutex<Stage>>,
    took: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Planned,
    Begun(Duration),
    Ready,
}

impl<S> Spares<S> {
    /// None yet, and never more than `most`.
    pub(crate) fn new(most: usize) -> Self {
        let (demand, keepers, took) = (Demand::new(most), HashMap::new(), HashMap::new());
        Self(Mutex::new(State { demand, keepers, took }))
    }

    /// Asks for a keeper, unless the template has enough of them or there are too many.
    pub(crate) fn vacancy(&self, template: &TemplateName) -> Option<Vacancy<S>> {
        self.state().vacancy(template)
    }

    /// The machine for a start: one that is ready, or one that will be sooner than another could be.
    pub(crate) async fn take(&self, template: &TemplateName, now: Duration) -> Option<S> {
        let (keeper, patience) = self.state().choose(template, now)?;
        let (handed, spare) = oneshot::channel();
        keeper.requests.send(handed).ok()?;
        match patience {
            Some(patience) => timeout(patience, spare).await.ok()?.ok(),
            None => spare.await.ok(),
        }
    }

    /// Has the template's machines ended.
    pub(crate) fn discard(&self, template: &TemplateName) {
        let mut state = self.state();
        state.keepers.remove(template);
        state.took.remove(template);
        state.demand.forget(template);
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.0.lock().expect("no holder of the spares' lock panics")
    }
}

impl<S> State<S> {
    fn vacancy(&mut self, template: &TemplateName) -> Option<Vacancy<S>> {
        self.forget_ended();
        let have = self.keepers.get(template).map_or(0, Vec::len);
        if have >= self.demand.of(template) {
            return None;
        }
        if self.keepers.values().map(Vec::len).sum::<usize>() >= self.demand.budget() {
            // The first machine of one is worth more than the second of another.
            let longest = self.keepers.values_mut().max_by_key(|keepers| keepers.len());
            let longest = longest.filter(|keepers| have == 0 && keepers.len() > 1)?;
            longest.pop();
        }
        let took = self.took.entry(template.clone()).or_default();
        let stage = Arc::new(Mutex::new(Stage::Planned));
        let progress = Progress { stage, took: Arc::clone(took) };
        let (requests, received) = oneshot::channel();
        let keeper = Keeper { progress: progress.clone(), requests };
        self.keepers.entry(template.clone()).or_default().push(keeper);
        Some(Vacancy { progress, requests: received, early: None })
    }

    /// The keeper to ask, and how long to wait for one that is not ready.
    fn choose(&mut self, template: &TemplateName, now: Duration) -> Option<(Keeper<S>, Option<Duration>)> {
        self.forget_ended();
        let left = |keeper: &Keeper<S>| keeper.progress.left(now);
        let keepers = self.keepers.entry(template.clone()).or_default();
        let soonest = (0..keepers.len()).filter_map(|index| Some((left(&keepers[index])?, index))).min();
        let chosen = soonest.map(|(left, index)| (keepers.remove(index), left));
        let served = chosen.as_ref().is_some_and(|(_, left)| left.is_zero());
        self.demand.started(template, served, now);
        // One that is late after all is given up in time: others began from nothing meanwhile.
        chosen.map(|(keeper, left)| (keeper, (!left.is_zero()).then_some(left * 2)))
    }

    /// Keepers that are gone without having been asked kept something that nobody wanted.
    fn forget_ended(&mut self) {
        let Self { demand, keepers, .. } = self;
        keepers.retain(|template, keepers| {
            let had = keepers.len();
            keepers.retain(|keeper| !keeper.requests.is_closed());
            demand.unused(template, had - keepers.len());
            !keepers.is_empty()
        });
    }
}

impl Progress {
    /// The making begins.
    pub(crate) fn begin(&self, now: Duration) {
        *self.stage() = Stage::Begun(now);
    }

    /// The machine is ready.
    pub(crate) fn finish(&self, now: Duration) {
        let before = std::mem::replace(&mut *self.stage(), Stage::Ready);
        if let Stage::Begun(begun) = before {
            let millis = u64::try_from(now.saturating_sub(begun).as_millis()).unwrap_or(u64::MAX);
            self.took.store(millis.max(1), Ordering::Relaxed);
        }
    }

    /// What is left of the making, if waiting for it is quicker than to begin anew. That takes about as long as the
    /// making, which is a restore and a first answer too.
    fn left(&self, now: Duration) -> Option<Duration> {
        match *self.stage() {
            Stage::Ready => Some(Duration::ZERO),
            Stage::Planned => None,
            Stage::Begun(begun) => {
                let took = Duration::from_millis(self.took.load(Ordering::Relaxed));
                let gone = now.saturating_sub(begun);
                (gone * 2 >= took && gone < took).then(|| took - gone)
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().expect("no holder of a stage's lock panics")
    }
}

impl<S> Vacancy<S> {
    /// For whoever makes the machine.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Waits until somebody wants the machine, which is ready. `None`: it is not wanted any more.
    pub(crate) async fn wanted(&mut self) -> Option<oneshot::Sender<S>> {
        match self.early.take() {
            Some(early) => Some(early),
            None => (&mut self.requests).await.ok(),
        }
    }

    /// Completes when the machine, which is not ready, is not wanted any more.
    pub(crate) async fn unwanted(&mut self) {
        if self.early.is_none() {
            self.early = (&mut self.requests).await.ok();
        }
        if let Some(early) = &mut self.early {
            early.closed().await;
        }
    }
}

#[cfg(test)]
mod tests;
