//! How strategies are asked for and changed.

mod apply;

use ids::{StrategyId, StrategyName};
use stdx::{Rng, Timestamp};

use crate::model::{Override, SchemaEntry, Strategy, StrategyKind, StrategyStatus, Trigger};
use crate::namespaces::Template;

/// A strategy to be added.
#[derive(Clone, Debug)]
pub struct NewStrategy {
    /// Its name, unique in the memory.
    pub name: StrategyName,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub kind: StrategyKind,
    /// Whether it was given as a custom strategy.
    pub custom: bool,
    /// Where its records belong; a place for each actor, or session, unless given.
    pub namespace: Option<Template>,
    /// What it tells of its records as metadata.
    pub schema: Vec<SchemaEntry>,
    /// How many days after their writing its records end.
    pub record_expiry_days: Option<u32>,
}

/// When records end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordExpiry {
    /// So many days after they are written.
    Days(u32),
    /// Never.
    Remove,
}

/// What is to be changed of a strategy. What is not given stays.
#[derive(Clone, Debug)]
pub struct StrategyChanges {
    /// Which.
    pub id: StrategyId,
    /// What it is for.
    pub description: Option<String>,
    /// Where records belong from now on; those that there are stay.
    pub namespace: Option<Template>,
    /// What is told of records from now on.
    pub schema: Option<Vec<SchemaEntry>>,
    /// When records end from now on.
    pub expiry: Option<RecordExpiry>,
    /// Its steps.
    pub steps: StepChanges,
}

/// What is to be changed of a strategy's steps.
#[derive(Clone, Debug, Default)]
pub struct StepChanges {
    /// The first step, for a strategy of this kind.
    pub extraction: Option<(OverrideKind, Override)>,
    /// The second step, for a strategy of this kind.
    pub consolidation: Option<(OverrideKind, Override)>,
    /// The third step of episodes.
    pub reflection: Option<ReflectionChanges>,
    /// What a strategy that its owner runs does.
    pub self_managed: Option<SelfManagedChanges>,
}

/// The kind of strategy that a changed step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideKind {
    /// Facts.
    Semantic,
    /// Summaries.
    Summary,
    /// Preferences.
    UserPreference,
    /// Episodes.
    Episodic,
}

/// What is to be changed of how episodes are learned from.
#[derive(Clone, Debug, Default)]
pub struct ReflectionChanges {
    /// Its instructions and model.
    pub changed: Option<Override>,
    /// Where reflections belong.
    pub namespace: Option<Template>,
    /// What is told of reflections.
    pub schema: Option<Vec<SchemaEntry>>,
}

/// What is to be changed of a strategy that its owner runs.
#[derive(Clone, Debug, Default)]
pub struct SelfManagedChanges {
    /// When conversations are handed over.
    pub triggers: Option<Vec<Trigger>>,
    /// Where that is announced.
    pub topic_arn: Option<String>,
    /// The bucket that they are written to.
    pub bucket: Option<String>,
    /// How many earlier messages come along.
    pub history_messages: Option<u32>,
}

impl NewStrategy {
    /// The strategy, from now on.
    pub(super) fn begin(&self, now: Timestamp, rng: &dyn Rng) -> Strategy {
        Strategy {
            id: StrategyId::generate(&self.name, rng),
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind.clone(),
            custom: self.custom,
            namespace: self.namespace.clone().unwrap_or_else(|| default_namespace(&self.kind)),
            schema: self.schema.clone(),
            record_expiry_days: self.record_expiry_days,
            status: StrategyStatus::Active,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Where the records of a strategy belong unless it says so: with their actor, or their session if they are about one.
fn default_namespace(kind: &StrategyKind) -> Template {
    let text = match kind {
        StrategyKind::Semantic(_) | StrategyKind::UserPreference(_) | StrategyKind::SelfManaged(_) => {
            OF_ACTOR
        }
        StrategyKind::Summary(_) | StrategyKind::Episodic { .. } => OF_SESSION,
    };
    Template::parse(text).expect("a template")
}

const OF_ACTOR: &str = "/strategy/{memoryStrategyId}/actor/{actorId}";
const OF_SESSION: &str = "/strategy/{memoryStrategyId}/actor/{actorId}/session/{sessionId}";

/// Where reflections belong unless it is said: the place of their episodes, above what is one session's.
pub fn default_reflections(episodes: Option<&Template>) -> Template {
    let text = episodes.map_or(OF_SESSION, Template::as_str);
    let parts: Vec<&str> = text.split('/').collect();
    let of_session = parts.iter().position(|part| part.contains("{sessionId}"));
    // `/session/{sessionId}` are two parts of one thing.
    let kept = of_session.map(|at| if at > 1 && parts[at - 1].starts_with("session") { at - 1 } else { at });
    let above = kept.map(|kept| parts[..kept].join("/")).filter(|above| !above.is_empty());
    above
        .and_then(|above| Template::parse(&above).ok())
        .unwrap_or_else(|| Template::parse(text).expect("it was a template before, or is ours"))
}
