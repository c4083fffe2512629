//! What sessions and checkpoints should be, in a few lines and without a server.

use std::collections::BTreeMap;

use fault::Kind;

/// How many sessions and how many checkpoints of each there are at most.
pub(super) const SESSIONS: usize = 5;
pub(super) const NAMES: usize = 3;

/// What can be done to a session, by its number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    Invoke(usize),
    /// Two requests and a wish to suspend at the same time.
    Crowd(usize),
    Suspend(usize),
    Resume(usize),
    Stop(usize),
    Checkpoint(usize, usize),
    Drop(usize, usize),
    Fork(usize, usize, usize),
    Rewind(usize, usize),
    /// Everything is quiet for a while.
    Rest,
    /// The machine dies.
    Kill(usize),
    /// The disk is full when it is to be suspended.
    FullDisk(usize),
    /// The engine fails when it is to be resumed.
    NoResume(usize),
    /// The snapshot is of another machine.
    Spoil(usize),
}

/// A session. Where it is not known how often it was used, every number that is possible is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Session {
    #[default]
    Never,
    Ended,
    Live(Vec<u64>),
    Asleep(Vec<u64>),
}

impl Session {
    pub(super) fn counts(&self) -> &[u64] {
        match self {
            Self::Live(counts) | Self::Asleep(counts) => counts,
            Self::Never | Self::Ended => &[0],
        }
    }

    pub(super) fn lives(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    pub(super) fn asleep(&self) -> bool {
        matches!(self, Self::Asleep(_))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub(super) sessions: [Session; SESSIONS],
    /// What each checkpoint holds, by session and name.
    pub(super) checkpoints: BTreeMap<(usize, usize), Vec<u64>>,
}

impl Model {
    /// Plays an act that succeeds as it should, or says why it is refused.
    pub(super) fn apply(&mut self, act: Act) -> Result<(), Kind> {
        match act {
            Act::Invoke(session) | Act::Crowd(session) => {
                let more = if matches!(act, Act::Crowd(_)) { 2 } else { 1 };
                let counts = self.sessions[session].counts().iter().map(|count| count + more).collect();
                self.sessions[session] = Session::Live(counts);
            }
            Act::Suspend(session) => self.sessions[session] = Session::Asleep(self.there(session)?),
            Act::Resume(session) => self.sessions[session] = Session::Live(self.there(session)?),
            Act::Stop(session) => match self.sessions[session] {
                Session::Never => return Err(Kind::NotFound),
                _ => self.sessions[session] = Session::Ended,
            },
            Act::Checkpoint(session, name) => {
                if self.checkpoints.contains_key(&(session, name)) {
                    return Err(Kind::Conflict);
                }
                let counts = self.there(session)?;
                self.sessions[session] = Session::Asleep(counts.clone());
                self.checkpoints.insert((session, name), counts);
            }
            Act::Drop(session, name) => {
                self.checkpoints.remove(&(session, name)).ok_or(Kind::NotFound)?;
            }
            Act::Fork(session, name, fork) => {
                let counts = self.checkpoint(session, name)?;
                if self.sessions[fork].lives() || self.sessions[fork].asleep() {
                    return Err(Kind::Conflict);
                }
                self.sessions[fork] = Session::Asleep(counts);
            }
            Act::Rewind(session, name) => {
                self.sessions[session] = Session::Asleep(self.checkpoint(session, name)?);
            }
            Act::Rest => {
                for session in self.sessions.iter_mut().filter(|session| session.lives()) {
                    *session = Session::Asleep(session.counts().to_vec());
                }
            }
            Act::Kill(session) => self.sessions[session] = Session::Ended,
            Act::FullDisk(_) => return Err(Kind::Unavailable),
            Act::NoResume(_) => return Err(Kind::RetryableConflict),
            Act::Spoil(session) => self.sessions[session] = Session::Live(vec![1]),
        }
        Ok(())
    }

    /// Whether the act means anything now.
    pub(super) fn fits(&self, act: Act) -> bool {
        match act {
            Act::Kill(session) | Act::FullDisk(session) => self.sessions[session].lives(),
            Act::NoResume(session) | Act::Spoil(session) => self.sessions[session].asleep(),
            _ => true,
        }
    }

    /// An orderly end: those that lived, all of them quiet, are suspended.
    pub(super) fn end_in_order(&mut self) {
        for session in &mut self.sessions {
            if let Session::Live(counts) = session {
                *session = Session::Asleep(std::mem::take(counts));
            }
        }
    }

    /// What a server leaves behind: those that lived have ended.
    pub(super) fn restart(&mut self) {
        for session in self.sessions.iter_mut().filter(|session| session.lives()) {
            *session = Session::Ended;
        }
    }

    /// How often the session was used is known now.
    pub(super) fn learn(&mut self, session: usize, count: u64) {
        assert!(self.sessions[session].counts().contains(&count), "{count} is none of {self:?}");
        self.sessions[session] = Session::Live(vec![count]);
    }

    fn there(&self, session: usize) -> Result<Vec<u64>, Kind> {
        match &self.sessions[session] {
            Session::Never => Err(Kind::NotFound),
            Session::Ended => Err(Kind::Conflict),
            Session::Live(counts) | Session::Asleep(counts) => Ok(counts.clone()),
        }
    }

    fn checkpoint(&self, session: usize, name: usize) -> Result<Vec<u64>, Kind> {
        self.checkpoints.get(&(session, name)).cloned().ok_or(Kind::NotFound)
    }
}
