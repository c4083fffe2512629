//! What is being computed right now, and who waits for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use inference::Embedding;
use tokio::sync::watch;

use super::CacheKey;

type Landing = watch::Receiver<Option<Embedding>>;
type Departures = HashMap<CacheKey, watch::Sender<Option<Embedding>>>;

/// What is being computed.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<Departures>,
}

/// A caller's part in it. Dropped, it lets go of what it has not computed, and whoever waited tries again.
pub(super) struct Turn<'a> {
    flights: &'a Flights,
    own: Vec<CacheKey>,
    joined: Vec<(CacheKey, Landing)>,
}

impl Flights {
    /// Takes on what nobody computes yet, and joins those who compute the rest.
    pub(super) fn take_off(&self, keys: impl Iterator<Item = CacheKey>) -> Turn<'_> {
        let (mut own, mut joined) = (Vec::new(), Vec::new());
        let mut under_way = self.under_way();
        for key in keys {
            match under_way.get(&key) {
                Some(flight) => joined.push((key, flight.subscribe())),
                None => {
                    under_way.insert(key, watch::Sender::new(None));
                    own.push(key);
                }
            }
        }
        drop(under_way);
        Turn { flights: self, own, joined }
    }

    fn under_way(&self) -> MutexGuard<'_, Departures> {
        self.under_way.lock().expect("no holder of the flights' lock panics")
    }
}

impl Turn<'_> {
    /// What this caller is to compute.
    pub(super) fn own(&self) -> Vec<CacheKey> {
        self.own.clone()
    }

    /// Tells whoever waits for it.
    pub(super) fn land(&self, key: &CacheKey, embedding: &Embedding) {
        if let Some(flight) = self.flights.under_way().remove(key) {
            flight.send_replace(Some(embedding.clone()));
        }
    }

    /// What others have computed, as far as they did not give up. Own work comes before this, so no two callers
    /// wait for each other.
    pub(super) async fn joined(mut self) -> Vec<(CacheKey, Embedding)> {
        let mut landed = Vec::new();
        for (key, mut landing) in std::mem::take(&mut self.joined) {
            // An error is an owner that gave up.
            if let Ok(embedding) = landing.wait_for(Option::is_some).await {
                landed.extend(embedding.clone().map(|embedding| (key, embedding)));
            }
        }
        landed
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way();
        for key in &self.own {
            under_way.remove(key);
        }
    }
}
