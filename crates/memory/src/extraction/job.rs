//! A job: what a strategy makes of one partition of a session's conversation.

use fault::{Fault, Kind};
use ids::Namespace;
use store::Write;

use super::material::Material;
use super::rows::Partition;
use crate::events::SessionKey;
use crate::model::{Definition, Override, Strategy};
use crate::namespaces::{Template, Variables};
use crate::records::RecordChange;

/// A job.
pub(super) struct Job<'a> {
    pub(super) id: String,
    pub(super) memory: &'a Definition,
    pub(super) strategy: &'a Strategy,
    pub(super) session: &'a SessionKey,
    pub(super) partition: &'a Partition,
    pub(super) material: &'a Material,
}

/// What a job came to.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// What becomes of records.
    pub(super) changes: Vec<RecordChange>,
    /// What else is written with that.
    pub(super) writes: Vec<Write>,
}

impl Made {
    /// How many records there are more of.
    pub(super) fn records(&self) -> usize {
        self.changes.iter().filter(|change| matches!(change, RecordChange::Created(_))).count()
    }
}

/// Why a job came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It fails, for this reason, until somebody has it made again.
    Failed(String),
    /// It is no fault of the job's: it is tried again a little later.
    Later(Fault),
    /// The service is being shut down.
    Stopping,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault.kind() {
            // What the memory's owner or its events say cannot be done.
            Kind::Validation { .. } => Self::Failed(fault.message().to_owned()),
            _ => Self::Later(fault),
        }
    }
}

/// A step of a job, as its owner has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) name: &'static str,
    pub(super) changed: Option<&'a Override>,
}

impl<'a> Step<'a> {
    pub(super) fn extraction(changed: Option<&'a Override>) -> Self {
        Self { name: "extraction", changed }
    }

    pub(super) fn consolidation(changed: Option<&'a Override>) -> Self {
        Self { name: "consolidation", changed }
    }

    pub(super) fn reflection(changed: Option<&'a Override>) -> Self {
        Self { name: "reflection", changed }
    }

    /// What its owner wants instead of our instructions.
    pub(super) fn instructions(&self) -> Option<&'a str> {
        self.changed.map(|changed| changed.append_to_prompt.as_str())
    }

    /// The alias of the model that it asks.
    pub(super) fn model<'b>(&'b self, usual: &'b str) -> &'b str {
        self.changed.map_or(usual, |changed| changed.model.as_str())
    }
}

impl Job<'_> {
    /// Where its records belong.
    pub(super) fn namespace(&self, template: &Template) -> Result<Namespace, Trouble> {
        let filled = template.fill(&Variables {
            actor: &self.session.actor,
            session: &self.session.session,
            strategy: &self.strategy.id,
            custom: &self.partition.variables,
        });
        // Whatever is wrong with it is so every time.
        filled.map_err(|fault| Trouble::Failed(fault.message().to_owned()))
    }
}
