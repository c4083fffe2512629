//! Which events of a session are meant.

use ids::BranchName;

use super::branches::Line;
use super::position::Position;
use super::rows::EventRow;

/// Which events of a session are meant; what is not said excludes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Those of a branch.
    pub branch: Option<BranchFilter>,
    /// Those whose metadata passes all of these.
    pub metadata: Vec<MetadataTest>,
}

/// A branch, with or without what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchFilter {
    /// Its name.
    pub name: BranchName,
    /// Whether the events that it comes from belong to it: its parent's up to and including the one that it forks from,
    /// and so on.
    pub with_parents: bool,
}

/// A condition on an event's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataTest {
    /// The key has this value.
    Equals(String, String),
    /// The key is there.
    Exists(String),
    /// The key is not there.
    Absent(String),
}

/// A filter whose branch was looked up.
pub(super) struct Sieve<'a> {
    pub(super) lines: Option<Vec<Line>>,
    pub(super) metadata: &'a [MetadataTest],
}

impl Sieve<'_> {
    pub(super) fn passes(&self, position: Position, row: &EventRow) -> bool {
        let belongs = |lines: &Vec<Line>| lines.iter().any(|line| line.has(row.branch.as_ref(), position));
        self.lines.as_ref().is_none_or(belongs) && self.metadata.iter().all(|test| test.passes(row))
    }
}

impl MetadataTest {
    fn passes(&self, row: &EventRow) -> bool {
        match self {
            Self::Equals(key, value) => row.metadata.get(key) == Some(value),
            Self::Exists(key) => row.metadata.contains_key(key),
            Self::Absent(key) => !row.metadata.contains_key(key),
        }
    }
}
