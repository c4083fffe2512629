//! Who is let in.

use std::sync::Arc;

use fault::{Fault, Kind, Result};

use super::{Driver, MOST_REQUESTS};
use crate::sessions::handle::{Entering, Lease};
use crate::sessions::machine::{Event, State};

impl Driver {
    /// Lets a request in, has it wait, or refuses it. A session that is being suspended keeps it until that is done:
    /// if it goes on in a snapshot, whoever waits looks again and has it resumed.
    pub(super) fn enter(&mut self, entering: Entering) {
        let answer = match (self.machine.state(), &self.running) {
            (State::Starting | State::Suspending { .. }, _) => return self.waiting.push(entering),
            (State::Serving { .. } | State::Idle(_), Some(running)) => {
                self.leave.clone().try_reserve_owned().map_err(|_| full()).map(|left| Lease {
                    sandbox: Arc::clone(&running.sandbox),
                    version: Arc::clone(&self.version),
                    left: Some(left),
                })
            }
            _ => Err(Fault::new(
                Kind::RetryableConflict,
                "The session is being stopped. Retry a moment later: the session id will then stand for a new session.",
            )),
        };
        self.answer(entering, answer);
    }

    pub(super) fn let_in_waiting(&mut self) {
        for entering in std::mem::take(&mut self.waiting) {
            self.enter(entering);
        }
    }

    fn answer(&mut self, entering: Entering, answer: Result<Lease>) {
        let entered = answer.is_ok();
        if entered && self.user.is_none() {
            // It is written down with the session's next change.
            self.user = entering.user;
        }
        match entering.reply.send(answer) {
            Ok(()) if entered => self.apply(Event::Entered),
            // Whoever asked has gone; the lease went with the answer and reports that it left.
            Err(Ok(lease)) => {
                self.apply(Event::Entered);
                drop(lease);
            }
            Ok(()) | Err(Err(_)) => {}
        }
    }
}

fn full() -> Fault {
    Fault::new(
        Kind::Throttled,
        format!("The session is answering {MOST_REQUESTS} requests already. Retry once some are done."),
    )
}
