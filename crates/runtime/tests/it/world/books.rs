//! Whoever keeps the books, in tests: knows which lives are being metered, and that none is counted twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use runtime::{MeterGuard, Metered, Metering, ReadMeter};

#[derive(Clone, Default)]
pub(crate) struct Books(Arc<Mutex<BTreeMap<String, Life>>>);

/// One life of a sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) metered: Metered,
    pub(crate) over: bool,
}

struct Guard {
    books: Books,
    sandbox: String,
    meter: ReadMeter,
}

impl Books {
    /// Every life so far, in the order of their ids.
    pub(crate) fn lives(&self) -> Vec<Life> {
        self.0.lock().unwrap().values().cloned().collect()
    }

    /// The sandboxes whose bills are open.
    pub(crate) fn open(&self) -> Vec<String> {
        let open = self.lives().into_iter().filter(|life| !life.over);
        open.map(|life| life.metered.sandbox).collect()
    }

    /// A server was killed: whatever it metered it meters no more.
    pub(crate) fn killed(&self) {
        self.0.lock().unwrap().values_mut().for_each(|life| life.over = true);
    }
}

impl Metering for Books {
    fn begin(&self, life: Metered, meter: ReadMeter) -> Box<dyn MeterGuard> {
        let sandbox = life.sandbox.clone();
        let begun = Life { metered: life, over: false };
        let before = self.0.lock().unwrap().insert(sandbox.clone(), begun);
        assert!(before.is_none(), "a life is metered once");
        Box::new(Guard { books: self.clone(), sandbox, meter })
    }
}

impl MeterGuard for Guard {
    fn finish(self: Box<Self>) {}
}

impl Drop for Guard {
    fn drop(&mut self) {
        let last = (self.meter)();
        assert!(last.memory > 0, "a meter can be read after the end");
        let mut lives = self.books.0.lock().unwrap();
        lives.get_mut(&self.sandbox).unwrap().over = true;
    }
}
