//! Lines of a conversation: which branch an event is on, and what belongs to a branch.

use std::collections::BTreeSet;

use fault::{Fault, Result, ValidationReason};
use ids::{BranchName, EventId};
use store::{Expect, Write};

use super::SessionKey;
use super::position::Position;
use super::rows::{BRANCHES, BranchRow, branch_key};
use crate::model::{Branch, Definition};
use crate::service::Memory;

/// What the main line is called where a name is asked for. It has no row and no root.
const MAIN: &str = "main";

/// The branch that an event is to be on, and what its batch needs for that.
pub(super) struct Joined {
    pub(super) branch: Option<Branch>,
    pub(super) write: Option<Write>,
}

/// Events that belong to a branch: those of one line, up to and including one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The branch's name; the main line has none.
    pub(super) name: Option<BranchName>,
    pub(super) up_to: Option<Position>,
}

impl Memory {
    /// The branch that an event asks for: one that is there, or a new one that the event begins.
    pub(super) async fn join(
        &self,
        memory: &Definition,
        session: &SessionKey,
        asked: Option<&Branch>,
    ) -> Result<Joined> {
        let Some(asked) = asked else { return Ok(Joined { branch: None, write: None }) };
        let key = branch_key(session, &asked.name);
        if let Some(row) = BRANCHES.get(self.store(), &key).await? {
            let root = row.value.root;
            if asked.root.is_some() && asked.root != root {
                return Err(other_root(&asked.name, root.as_ref()));
            }
            let write = Some(BRANCHES.check(key, Expect::At(row.revision)));
            return Ok(Joined { branch: Some(Branch { name: asked.name.clone(), root }), write });
        }
        if asked.root.is_none() && asked.name.as_str() == MAIN {
            return Ok(Joined { branch: None, write: None });
        }
        let parent = match &asked.root {
            Some(root) => self.branch_of(memory, session, root).await?,
            None => None,
        };
        let row = BranchRow { root: asked.root.clone(), parent };
        let write = Some(BRANCHES.put(key, &row, Expect::Absent));
        Ok(Joined { branch: Some(asked.clone()), write })
    }

    /// Which branch an event is on that is to be a root.
    async fn branch_of(
        &self,
        memory: &Definition,
        session: &SessionKey,
        root: &EventId,
    ) -> Result<Option<BranchName>> {
        let (_, row) = self.event_row(memory, session, root, "branch.rootEventId").await?;
        Ok(row.value.branch)
    }

    /// The lines that make up a branch: its own and, if they are asked for, those that it comes from.
    pub(super) async fn lines(
        &self,
        session: &SessionKey,
        branch: &BranchName,
        with_parents: bool,
    ) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = Some((branch.clone(), None));
        while let Some((name, up_to)) = next.take() {
            if !seen.insert(name.clone()) {
                break;
            }
            let row = BRANCHES.get(self.store(), &branch_key(session, &name)).await?.map(|row| row.value);
            let main = row.is_none() && name.as_str() == MAIN;
            lines.push(Line { name: (!main).then_some(name), up_to });
            let Some(BranchRow { root: Some(root), parent }) = row.filter(|_| with_parents) else { break };
            let Some(root) = Position::of_id(&root) else { break };
            match parent {
                Some(parent) => next = Some((parent, Some(root))),
                None => lines.push(Line { name: None, up_to: Some(root) }),
            }
        }
        Ok(lines)
    }
}

impl Line {
    /// Whether an event of this branch and place is on the line.
    pub(super) fn has(&self, branch: Option<&BranchName>, position: Position) -> bool {
        self.name.as_ref() == branch && self.up_to.is_none_or(|last| position <= last)
    }
}

fn other_root(branch: &BranchName, root: Option<&EventId>) -> Fault {
    let message = match root {
        Some(root) => format!("must be {root}, where the branch {branch} forks, or absent"),
        None => format!("must be absent: the branch {branch} forks from no event"),
    };
    Fault::field("branch.rootEventId", message)
}

/// An event that belongs to another session.
pub(super) fn in_other_session(member: &str, event: &EventId) -> Fault {
    Fault::invalid(
        ValidationReason::EventInOtherSession,
        format!("{member}: the event {event} belongs to another session."),
    )
}
