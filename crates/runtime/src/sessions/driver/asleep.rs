//! Suspending, from the driver's side.

use fault::{Fault, Kind};

use super::{Driver, never};
use crate::rows::SessionRow;
use crate::sessions::machine::{Event, Refusal, Rest};
use crate::sessions::sleep::Slept;

impl Driver {
    pub(super) fn suspend(&mut self, rest: Rest) {
        let (Some(running), Some(row)) = (&self.running, &self.row) else { return };
        // That it ends is told by the suspension itself.
        self.ended = never();
        let mut row = row.clone();
        row.value = SessionRow { user: self.user.clone(), ..row.value };
        self.suspending = self.runtime.put_to_sleep(&self.key, &self.version, running, row, rest);
    }

    pub(super) fn slept(&mut self, slept: Slept) {
        match slept {
            Slept::Asleep(entry) => {
                self.running = None;
                self.asleep = Some(*entry);
                self.apply(Event::Suspended);
            }
            Slept::Awake { instead, fault } => {
                let error: &(dyn std::error::Error + 'static) = &fault;
                tracing::warn!(
                    session = %self.key.id, runtime = %self.key.runtime, error,
                    "the session could not be suspended and runs on"
                );
                if let Some(running) = instead {
                    self.running = Some(running);
                }
                self.ended = self.running.as_ref().map_or_else(never, |running| running.sandbox.ended());
                self.apply(Event::NotSuspended);
                self.refuse_wishes(fault.kind(), fault.message());
                self.let_in_waiting();
            }
            Slept::Gone(reason) => {
                self.reason.get_or_insert(reason);
                self.apply(Event::Ended);
            }
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        let (kind, message) = match refusal {
            Refusal::Busy => (
                Kind::Conflict,
                "The session is busy: it answers requests, or its agent says HealthyBusy. Try again once it is idle.",
            ),
            Refusal::Unhealthy => (
                Kind::RetryableConflict,
                "The agent did not answer /ping as it should. Retry a moment later.",
            ),
            Refusal::Ending => (Kind::Conflict, "The session is being stopped."),
        };
        self.refuse_wishes(&kind, message);
    }

    fn refuse_wishes(&mut self, kind: &Kind, message: &str) {
        for wish in self.wishes.drain(..) {
            // Who does not listen any more does not mind.
            let _ = wish.send(Fault::new(kind.clone(), message));
        }
    }
}
