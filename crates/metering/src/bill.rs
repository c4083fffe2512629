//! Bills: the sum of records, by agent, session or user, and what it costs.
//!
//! Everything is added up in whole numbers (milliseconds, KiB times seconds, billionths of money over a common
//! denominator); only the last step rounds, to millionths, and it does so that the lines add up to the total and the
//! total is the same however the lines are drawn.

mod amount;
mod sum;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName};
use stdx::Timestamp;

pub use amount::Millionths;

use crate::ledger::{beginning, hour_of};
use crate::record::{RECORDS, UsageRecord, hours};
use crate::service::Metering;
use sum::Sum;

/// More lines than this nobody reads: a bill that would have more is refused.
const MOST_LINES: usize = 10_000;
/// How many records are read at once.
const STEP: usize = 1_000;

/// What a line of a bill stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// An agent runtime.
    #[default]
    Agent,
    /// A session.
    Session,
    /// A user, as callers named them.
    User,
}

/// What a bill is about.
#[derive(Clone, Debug)]
pub struct Query {
    /// Whose bill.
    pub account: AccountId,
    /// From the hour that this lies in; from the first record if not given.
    pub from: Option<Timestamp>,
    /// Up to the end of the hour that lies before this; up to now if not given.
    pub until: Option<Timestamp>,
    /// What a line stands for.
    pub by: By,
}

/// A bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// From the beginning of this hour, if one was asked for.
    pub from: Option<Timestamp>,
    /// To the end of this hour.
    pub until: Timestamp,
    /// What costs are in.
    pub currency: String,
    /// The lines, in the order of what they stand for.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Amounts,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it stands for.
    pub subject: Subject,
    /// How much.
    pub amounts: Amounts,
}

/// What a line stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All sessions of an agent runtime.
    Agent(AgentRuntimeId),
    /// One session.
    Session(AgentRuntimeId, EndpointName, String),
    /// All sessions on behalf of one user, or of nobody who was named.
    User(Option<String>),
}

/// How much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Sessions.
    pub sessions: u64,
    /// Seconds charged for.
    pub seconds: u64,
    /// Processor time in milliseconds.
    pub cpu_ms: u64,
    /// Memory over time in KiB times seconds.
    pub memory_kib_seconds: u64,
    /// Processor time in hours, rounded.
    pub vcpu_hours: Millionths,
    /// Memory over time in GB (2^30 bytes) times hours, rounded.
    pub gb_hours: Millionths,
    /// The price of both.
    pub cost: Millionths,
}

impl Metering {
    /// The bill that the records make up. Of lives under way it has what was written down last, seconds ago.
    pub async fn bill(&self, query: &Query) -> Result<Bill> {
        let until = query.until.unwrap_or_else(|| self.0.clock.now());
        // The end of the last hour that has a part in the range.
        let until = beginning(hour_of(until.plus(std::time::Duration::from_millis(3_599_999))));
        let from = query.from.map(|from| beginning(hour_of(from)));
        let mut sums: BTreeMap<Subject, Sum> = BTreeMap::new();
        let mut sessions: BTreeMap<Subject, HashSet<Subject>> = BTreeMap::new();
        self.each_record(&query.account, from, until, |record| {
            let subject = query.by.subject(&record);
            let session = By::Session.subject(&record);
            sessions.entry(subject.clone()).or_default().insert(session);
            let tariff = self.0.options.prices.at(record.hour);
            sums.entry(subject).or_default().add(&record, tariff);
            if sums.len() > MOST_LINES {
                let message = format!("The bill has more than {MOST_LINES} lines. Ask for a shorter time.");
                return Err(Fault::new(Kind::InvalidInput, message));
            }
            Ok(())
        })
        .await?;
        let counts = sessions.values().map(|sessions| sessions.len() as u64);
        let (amounts, total) = sum::round(sums.values().zip(counts));
        let lines = sums.into_keys().zip(amounts).map(|(subject, amounts)| Line { subject, amounts });
        let currency = self.0.options.prices.currency().to_owned();
        Ok(Bill { from, until, currency, lines: lines.collect(), total })
    }

    /// The records that a bill of this account and time is made of, by hour and life.
    pub async fn records(
        &self,
        account: &AccountId,
        from: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<Vec<UsageRecord>> {
        let mut records = Vec::new();
        self.each_record(account, from, until, |record| {
            records.push(record);
            Ok(())
        })
        .await?;
        Ok(records)
    }

    async fn each_record(
        &self,
        account: &AccountId,
        from: Option<Timestamp>,
        until: Timestamp,
        mut take: impl FnMut(UsageRecord) -> Result<()>,
    ) -> Result<()> {
        let mut range = hours(account.as_str(), from, Some(until));
        loop {
            let entries = RECORDS.list(&*self.0.store, &range, STEP).await?;
            let last = entries.len() < STEP;
            let Some(end) = entries.last().map(|entry| entry.key.clone()) else { return Ok(()) };
            for entry in entries {
                take(UsageRecord::read(entry)?)?;
            }
            if last {
                return Ok(());
            }
            range = range.after(end);
        }
    }
}

impl By {
    /// The subject that a record belongs to.
    pub fn subject(self, record: &UsageRecord) -> Subject {
        match self {
            Self::Agent => Subject::Agent(record.runtime.clone()),
            Self::Session => {
                Subject::Session(record.runtime.clone(), record.endpoint.clone(), record.session.clone())
            }
            Self::User => Subject::User(record.user.clone()),
        }
    }

    /// Parses `agent`, `session` or `user`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Agent, Self::Session, Self::User].into_iter().find(|by| by.as_str() == text)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Session => "session",
            Self::User => "user",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
