//! The life of one sandbox as a pure machine: events in, effects out. No clock, no lock, no I/O.
//!
//! ```text
//!            spawned            awake                    ready
//!  Spawning ─────────▶ Greeting ─────▶ AwaitingReady ─────────▶ Running ◀──────────────────┐ awake
//!      ┊                  ┊    (boot)        ┊                   ▲   │ freeze or suspend   │
//!      ┊                  └──────────────────┼───────────────────┘   ▼                     │
//!      ┊                        awake (restore)                   Freezing             Returning
//!      ┊                                     ┊                       │ quiet               ▲
//!      ┊                                     ┊                       ▼        not saved    │
//!      ┊                                     ┊                     Saving ─────────────────┤ (a snapshot)
//!      ┊                                     ┊          (template) │   │ saved (snapshot)  │
//!      ┊                                     ┊               saved │   ▼        not saved  │
//!      ┊                                     ┊                     │  Keeping ─────────────┘
//!      ▼ stop, expiry, failure, the program's exit, the VMM's death▼   │ kept
//!     Ending { ending } ◀┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┘
//!         │ vmm gone (a living VMM is killed first), then cleaned
//!         ▼
//!      Ended { ending }
//! ```
//!
//! A snapshot that cannot be saved costs nothing but time: the machine is greeted again and runs on. Between `Keeping`
//! and what comes of it nothing else is let in, so a snapshot is kept exactly if the ending is
//! [`Ending::Suspended`].
//!
//! What is absent: how any of this is done. A driver performs the effects and feeds back what happened. Whatever
//! ends a sandbox first decides its [`Ending`]; every life ends with exactly one [`Effect::Report`].

use crate::exchange::Ending;

/// How a sandbox comes to life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From its kernel on.
    Boot,
    /// From a template.
    Restore,
}

/// What a machine is frozen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To start others from it.
    Template,
    /// To go on later.
    Snapshot,
}

/// Where it is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The VMM is being started.
    Spawning,
    /// The VMM runs; the guest has not answered its hello.
    Greeting,
    /// The guest has booted; its program does not answer the readiness probe yet.
    AwaitingReady,
    /// Exchanges are carried.
    Running,
    /// The guest was asked to become quiet.
    Freezing {
        /// For what.
        purpose: Purpose,
    },
    /// The guest is quiet; its state is being written.
    Saving {
        /// For what.
        purpose: Purpose,
    },
    /// A snapshot is whole and is being given its name.
    Keeping,
    /// There will be no snapshot; the guest has not answered that it goes on.
    Returning,
    /// It is being taken down.
    Ending {
        /// What will be reported.
        ending: Ending,
        /// Whether the VMM is still there.
        vmm_alive: bool,
    },
    /// Nothing is left of it.
    Ended {
        /// What was reported.
        ending: Ending,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The VMM's process runs.
    Spawned,
    /// The guest answered its hello.
    Awake,
    /// The program answered its readiness probe.
    Ready,
    /// The owner wants a template of it.
    FreezeAsked,
    /// The owner wants it to go on later, from a snapshot.
    SuspendAsked,
    /// The guest has become quiet.
    Quiet,
    /// Its state is on the disk.
    Saved,
    /// Its state could not be written or kept; the machine itself is well.
    NotSaved,
    /// The snapshot has its name.
    Kept,
    /// The owner wants it gone.
    StopAsked,
    /// The wall-clock limit has come.
    Expired,
    /// The program exited.
    ProgramExited {
        /// Its exit code, if it exited.
        code: Option<i32>,
        /// The signal, if one killed it.
        signal: Option<i32>,
    },
    /// A step failed, took too long, or the guest hangs.
    Failed {
        /// What was seen.
        reason: String,
    },
    /// The VMM's process has ended, asked or not.
    VmmGone {
        /// Its last words.
        words: String,
    },
    /// Its files are removed.
    Cleaned,
}

/// What a driver has to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Expect the guest's answer to its hello.
    Greet,
    /// Wait for the program's readiness.
    AwaitReady,
    /// Tell the owner that exchanges are welcome, and watch program and guest from now on.
    Announce,
    /// Ask the guest to become quiet.
    Quiesce,
    /// Write the machine's state.
    Save,
    /// Give the snapshot its name, and feed back the outcome before anything else.
    Keep,
    /// Let the machine go on, and greet it as who it was.
    GoOn,
    /// Kill the VMM.
    Kill,
    /// Remove its files.
    Clean,
    /// Tell everybody how it ended.
    Report(Ending),
}

/// The life of one sandbox.
#[derive(Clone, Debug)]
pub struct Machine {
    origin: Origin,
    state: State,
}

impl Machine {
    /// A life about to begin.
    pub fn new(origin: Origin) -> Self {
        Self { origin, state: State::Spawning }
    }

    /// How it came to life.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Where it is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes in what happened and says what to do. An event that has no meaning in a state, as a late one may
    /// not, changes nothing.
    pub fn apply(&mut self, event: Event) -> Vec<Effect> {
        match (&self.state, event) {
            (State::Ended { .. }, _) => Vec::new(),
            (State::Ending { ending, vmm_alive }, event) => {
                let (ending, vmm_alive) = (ending.clone(), *vmm_alive);
                self.go_on_ending(ending, vmm_alive, &event)
            }
            (State::Spawning, Event::Spawned) => self.enter(State::Greeting, Effect::Greet),
            (State::Greeting, Event::Awake) => match self.origin {
                Origin::Boot => self.enter(State::AwaitingReady, Effect::AwaitReady),
                Origin::Restore => self.enter(State::Running, Effect::Announce),
            },
            (State::AwaitingReady, Event::Ready) => self.enter(State::Running, Effect::Announce),
            (State::Running, Event::FreezeAsked) => self.freeze(Purpose::Template),
            (State::Running, Event::SuspendAsked) => self.freeze(Purpose::Snapshot),
            (State::Freezing { purpose }, Event::Quiet) => {
                let purpose = *purpose;
                self.enter(State::Saving { purpose }, Effect::Save)
            }
            // A machine that is a template now has done what it was booted for.
            (State::Saving { purpose: Purpose::Template }, Event::Saved) => self.end(Ending::Stopped),
            (State::Saving { purpose: Purpose::Snapshot }, Event::Saved) => {
                self.enter(State::Keeping, Effect::Keep)
            }
            (State::Keeping, Event::Kept) => self.end(Ending::Suspended),
            (State::Saving { purpose: Purpose::Snapshot } | State::Keeping, Event::NotSaved) => {
                self.enter(State::Returning, Effect::GoOn)
            }
            (State::Returning, Event::Awake) => self.enter(State::Running, Effect::Announce),
            (_, event) => self.break_off(event),
        }
    }

    fn freeze(&mut self, purpose: Purpose) -> Vec<Effect> {
        self.enter(State::Freezing { purpose }, Effect::Quiesce)
    }

    fn enter(&mut self, state: State, effect: Effect) -> Vec<Effect> {
        self.state = state;
        vec![effect]
    }

    /// Ends a life that goes on, if the event asks for that.
    fn break_off(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::StopAsked => self.end(Ending::Stopped),
            Event::Expired => self.end(Ending::TimedOut),
            Event::ProgramExited { code, signal } => self.end(Ending::ProgramEnded { code, signal }),
            Event::Failed { reason } => self.end(Ending::Failed { reason }),
            Event::VmmGone { words } => {
                let ending = Ending::Failed { reason: format!("the virtual machine died: {words}") };
                self.enter(State::Ending { ending, vmm_alive: false }, Effect::Clean)
            }
            Event::Spawned
            | Event::Awake
            | Event::Ready
            | Event::FreezeAsked
            | Event::SuspendAsked
            | Event::Quiet
            | Event::Saved
            | Event::NotSaved
            | Event::Kept
            | Event::Cleaned => Vec::new(),
        }
    }

    fn end(&mut self, ending: Ending) -> Vec<Effect> {
        let spawned = self.state != State::Spawning;
        let effect = if spawned { Effect::Kill } else { Effect::Clean };
        self.enter(State::Ending { ending, vmm_alive: spawned }, effect)
    }

    fn go_on_ending(&mut self, ending: Ending, vmm_alive: bool, event: &Event) -> Vec<Effect> {
        match event {
            Event::VmmGone { .. } if vmm_alive => {
                self.enter(State::Ending { ending, vmm_alive: false }, Effect::Clean)
            }
            // A process that appeared while the life was already over must go too.
            Event::Spawned if !vmm_alive => {
                self.enter(State::Ending { ending, vmm_alive: true }, Effect::Kill)
            }
            Event::Cleaned if !vmm_alive => {
                self.enter(State::Ended { ending: ending.clone() }, Effect::Report(ending))
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
