//! A server that is killed in the middle of an act.

use std::collections::BTreeSet;

use runtime::sessions::SessionState;

use super::model::{Act, Model, NAMES, SESSIONS, Session};
use super::{Story, label};
use crate::world::{Server, account, turns};

/// What there may be after a server was killed in the middle of an act.
pub(super) struct Interrupted {
    before: Model,
    after: Model,
}

impl Story<'_> {
    /// Begins an act and leaves it somewhere in the middle.
    pub(super) async fn interrupt(&self, server: &Server<'_>) -> Interrupted {
        let act = loop {
            match self.act() {
                Act::Crowd(_)
                | Act::Rest
                | Act::Kill(_)
                | Act::FullDisk(_)
                | Act::NoResume(_)
                | Act::Spoil(_) => {}
                act => break act,
            }
        };
        let (before, mut after) = (self.model.clone(), self.model.clone());
        // A refusal changes nothing.
        let _ = after.apply(act);
        let killed = turns(self.below(150));
        tokio::select! {
            biased;
            _ = self.perform(server, act) => {}
            () = killed => {}
        }
        Interrupted { before, after }
    }

    /// Finds out what came of an act in the middle of which the server was killed, and that it may be so.
    pub(super) async fn take_up(&mut self, server: &Server<'_>, interrupted: Interrupted) {
        let Interrupted { before, after } = interrupted;
        for number in 0..SESSIONS {
            let may_be = [&before.sessions[number], &after.sessions[number]];
            let found = match self.look(server, number).await {
                None => Session::Never,
                Some(SessionState::Suspended { .. }) => {
                    let asleep = may_be.iter().filter(|session| session.asleep());
                    let counts: BTreeSet<u64> =
                        asleep.flat_map(|session| session.counts().to_vec()).collect();
                    Session::Asleep(counts.into_iter().collect())
                }
                Some(_) => Session::Ended,
            };
            let possible = match &found {
                Session::Never => may_be.contains(&&Session::Never),
                Session::Asleep(counts) => !counts.is_empty(),
                _ => may_be.iter().any(|session| session.lives() || **session == Session::Ended),
            };
            assert!(possible, "{number}: {found:?} after {may_be:?}");
            self.model.sessions[number] = found;
        }
        let listed = server.list_checkpoints(&account(), self.agent.as_ref().unwrap(), None).await.unwrap();
        self.model.checkpoints.clear();
        for (session, number) in (0..SESSIONS).flat_map(|session| (0..NAMES).map(move |name| (session, name)))
        {
            let of = (session, number);
            let key = self.key(server, session);
            let there = listed.iter().any(|view| view.session == key && view.name == label(number));
            let may_be = [before.checkpoints.get(&of), after.checkpoints.get(&of)];
            if there {
                let counts = may_be.iter().flatten().next().expect("somebody has made it").to_vec();
                self.model.checkpoints.insert(of, counts);
            } else {
                assert!(may_be.contains(&None), "the checkpoint {of:?} is lost");
            }
        }
    }
}
