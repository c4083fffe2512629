//! One at a time in each namespace of a strategy, from the look at what is kept there to the commit of what comes of it:
//! of two at once, neither would see that the other has just learned the same. An actor's own sessions come one after
//! the other anyway; this is for namespaces that several actors share. One process owns the rows, so that it is enough
//! to know of turns in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use ids::{AccountId, MemoryId, Namespace, StrategyId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::job::Job;
use crate::model::StrategyKind;
use crate::service::Memory;

/// Where records are compared with others.
type Place = (AccountId, MemoryId, StrategyId, Namespace);

/// Whose turn it is, by place. Places that nobody is at are forgotten.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Place, Arc<Semaphore>>>);

/// The turn at some places, until it is dropped.
pub(super) struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Turns {
    /// Waits for the turn at all these places. Everybody takes them in their order, so that no two wait for each other.
    pub(super) async fn take(&self, places: BTreeSet<Place>) -> Turn {
        let mut permits = Vec::with_capacity(places.len());
        for place in places {
            let turn = self.at(place);
            permits.push(turn.acquire_owned().await.expect("nobody closes it"));
        }
        Turn { _permits: permits }
    }

    fn at(&self, place: Place) -> Arc<Semaphore> {
        let mut turns = self.0.lock().expect("no holder of the turns' lock panics");
        // Whoever is there, or waits, holds it as well.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(place).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

impl Memory {
    /// Waits until these jobs, which are committed together, can be made.
    pub(super) async fn turns_of(&self, jobs: &[Job<'_>]) -> Turn {
        self.0.extraction.turns.take(jobs.iter().filter_map(place).collect()).await
    }
}

/// Where a job compares what it learned with what is kept, if it does. One whose namespace cannot be told comes to
/// nothing.
fn place(job: &Job<'_>) -> Option<Place> {
    let template = match &job.strategy.kind {
        StrategyKind::Semantic(_) | StrategyKind::UserPreference(_) => &job.strategy.namespace,
        StrategyKind::Episodic { reflection, .. } => &reflection.namespace,
        // A session has its own summary, and owners see for themselves.
        StrategyKind::Summary(_) | StrategyKind::SelfManaged(_) => return None,
    };
    let namespace = job.namespace(template).ok()?;
    let session = job.session;
    Some((session.account.clone(), session.memory.clone(), job.strategy.id.clone(), namespace))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(name: &str) -> Place {
        let memory = MemoryId::parse("notes-0123456789").unwrap();
        let strategy = StrategyId::parse("facts-0123456789").unwrap();
        (AccountId::default(), memory, strategy, Namespace::parse(name).unwrap())
    }

    #[tokio::test]
    async fn a_place_is_one_at_a_time_and_nobody_waits_for_ever() {
        let (turns, here) = (Arc::new(Turns::default()), Arc::new([const { AtomicUsize::new(0) }; 3]));
        let tasks = (0..60_usize).map(|number| {
            let (turns, here) = (Arc::clone(&turns), Arc::clone(&here));
            let places = [number % 3, number / 3 % 3];
            tokio::spawn(async move {
                let _turn = turns.take(places.iter().map(|place| at(&format!("/{place}"))).collect()).await;
                let distinct = BTreeSet::from(places);
                for place in &distinct {
                    assert_eq!(here[*place].fetch_add(1, Ordering::SeqCst), 0, "somebody else is there");
                }
                tokio::task::yield_now().await;
                distinct.iter().for_each(|place| {
                    here[*place].fetch_sub(1, Ordering::SeqCst);
                });
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        drop(turns.take(BTreeSet::from([at("/other")])).await);
        assert_eq!(turns.0.lock().unwrap().len(), 1, "what is over is forgotten");
    }
}
