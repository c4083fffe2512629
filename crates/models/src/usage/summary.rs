//! Sums of records: who has used how much, and what it cost.

use std::collections::BTreeMap;

use fault::{Fault, Kind, Result};
use inference::Usage;
use stdx::Timestamp;

use super::record::{CallRecord, RECORDS, range};
use crate::budgets::Per;
use crate::price::Money;
use crate::service::Models;

/// More lines than this nobody reads: a summary that would have more is refused.
const MOST_LINES: usize = 10_000;
/// How many records are read at once.
const STEP: usize = 1_000;

/// What a line stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// A name that agents use.
    #[default]
    Alias,
    /// A model of a provider.
    Model,
    /// An agent.
    Agent,
    /// A session of an agent.
    Session,
    /// A user.
    User,
    /// A day in UTC.
    Day,
}

/// What a summary is about.
#[derive(Clone, Debug)]
pub struct UsageQuery {
    /// Whose usage.
    pub account: String,
    /// From this moment on, if not from the first record on.
    pub from: Option<Timestamp>,
    /// Up to just before this moment, if not up to now.
    pub until: Option<Timestamp>,
    /// What a line stands for.
    pub by: By,
}

/// A summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// What costs are in.
    pub currency: String,
    /// The lines, in the order of what they stand for.
    pub lines: Vec<UsageLine>,
    /// The sum of the lines.
    pub total: Totals,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// What it stands for, in one or two words (a model: provider and id; a session: agent and id); `None` where the
    /// caller did not say.
    pub subject: [Option<String>; 2],
    /// How much.
    pub totals: Totals,
}

/// How much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Those among them that ended in an error.
    pub failed: u64,
    /// Those among them whose tokens are a guess.
    pub estimated: u64,
    /// Those among them that took tokens and are not in the cost, since nothing said what they cost in this currency.
    pub unpriced: u64,
    /// Tokens.
    pub usage: Usage,
    /// The cost.
    pub cost: Money,
}

impl Models {
    /// The sum of an account's records, those included that are still to be written.
    pub async fn usage(&self, query: &UsageQuery) -> Result<Summary> {
        let ledger = &self.0.ledger;
        let until =
            query.until.unwrap_or_else(|| ledger.clock.now().plus(std::time::Duration::from_millis(1)));
        let currency = self.0.as_it_is().catalog.prices.currency.clone();
        let (mut lines, mut total) = (BTreeMap::<[Option<String>; 2], Totals>::new(), Totals::default());
        let mut range = range(&query.account, query.from, Some(until));
        loop {
            let entries = RECORDS.list(&*ledger.store, &range, STEP).await?;
            let Some(end) = entries.last().map(|entry| entry.key.clone()) else { break };
            for entry in entries {
                total.add(&entry.value, &currency);
                lines.entry(query.by.subject(&entry.value)).or_default().add(&entry.value, &currency);
            }
            if lines.len() > MOST_LINES {
                let message =
                    format!("The summary has more than {MOST_LINES} lines. Ask for a shorter time.");
                return Err(Fault::new(Kind::InvalidInput, message));
            }
            range = range.after(end);
        }
        let lines = lines.into_iter().map(|(subject, totals)| UsageLine { subject, totals }).collect();
        Ok(Summary { from: query.from, until, currency, lines, total })
    }
}

impl Totals {
    fn add(&mut self, record: &CallRecord, currency: &str) {
        self.calls += 1;
        self.failed += u64::from(record.outcome.is_error());
        self.estimated += u64::from(record.estimated);
        self.usage += record.usage;
        match record.cost {
            Some(cost) if record.currency == currency => self.cost = self.cost.plus(cost),
            _ => self.unpriced += u64::from(record.usage.total() > 0),
        }
    }
}

impl By {
    const ALL: [Self; 6] = [Self::Alias, Self::Model, Self::Agent, Self::Session, Self::User, Self::Day];

    fn subject(self, record: &CallRecord) -> [Option<String>; 2] {
        match self {
            Self::Alias => [Some(record.alias.clone()), None],
            Self::Model => [record.provider.clone(), record.model.clone()],
            Self::Agent => [record.agent.clone(), None],
            Self::Session => [record.agent.clone(), record.session.clone()],
            Self::User => [record.user.clone(), None],
            Self::Day => [Some(Per::Day.name(record.at)), None],
        }
    }

    /// Parses one of the words.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Session => "session",
            Self::User => "user",
            Self::Day => "day",
        }
    }
}
