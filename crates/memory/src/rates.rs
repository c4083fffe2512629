//! How often memories may be called: AgentCore's default quotas, where they are to hold. Their source is AgentCore's
//! page of limits.

use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::AccountId;
use stdx::{Buckets, Rate};

use crate::events::SessionKey;
use crate::model::{Payload, StrategyKind};
use crate::service::Memory;

/// How often memories may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestRates {
    /// As often as the machine can answer.
    #[default]
    Unlimited,
    /// As often as AgentCore allows unless asked for more.
    AgentCore,
}

/// What was called lately.
#[derive(Debug, Default)]
pub(crate) struct Calls(Buckets<Called>);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Called {
    ByAccount(AccountId, &'static str),
    InSession(SessionKey, &'static str),
}

const TOKENS: &str = "tokens";
const CREATE_EVENT: &str = "CreateEvent";
const DELETE_EVENT: &str = "DeleteEvent";

/// Of one account.
fn of_account(operation: &str) -> Rate {
    Rate::a_second(match operation {
        CREATE_EVENT | "ListEvents" => 200,
        "RetrieveMemoryRecords" | "ListMemoryRecords" => 30,
        "CreateMemory" | "UpdateMemory" | "DeleteMemory" => 3,
        "GetMemory" | "ListMemories" => 5,
        _ => 20,
    })
}

/// Of events with something that was said, of others, and of removing events, each in one session.
const SAYING: Rate = Rate::a_second(5);
const KEEPING: Rate = Rate::a_second(10);
const REMOVING: Rate = Rate::a_second(5);

/// Tokens that models read and write so that an account's memories learn, and of these what episodic strategies have
/// of one session.
const LEARNING: Rate = Rate::a_minute(150_000);
const EPISODES: Rate = Rate::a_minute(50_000);

/// What one answer counts, at most, in minutes' worth: a model that says nonsense of what it took holds up nobody for
/// ever.
const MOST_MINUTES: u64 = 10;

impl Memory {
    /// How long a strategy has to wait until it may ask a model.
    pub(crate) fn until_tokens(&self, session: &SessionKey, strategy: &StrategyKind) -> Duration {
        let wait = |(called, _)| self.0.calls.0.until_one(&called, self.now());
        self.token_buckets(session, strategy).map(wait).max().unwrap_or_default()
    }

    /// Counts what a strategy's model has read and written.
    pub(crate) fn spend_tokens(&self, session: &SessionKey, strategy: &StrategyKind, tokens: u64) {
        for (called, rate) in self.token_buckets(session, strategy) {
            let tokens = tokens.min(u64::from(rate.times()) * MOST_MINUTES);
            self.0.calls.0.spend(called, rate, tokens, self.now());
        }
    }

    /// None for a strategy that asks no model.
    fn token_buckets(
        &self,
        session: &SessionKey,
        strategy: &StrategyKind,
    ) -> impl Iterator<Item = (Called, Rate)> {
        let limited = self.0.options.request_rates == RequestRates::AgentCore;
        let asks = limited && !matches!(strategy, StrategyKind::SelfManaged(_));
        let episodic = limited && matches!(strategy, StrategyKind::Episodic { .. });
        let account = asks.then(|| (Called::ByAccount(session.account.clone(), TOKENS), LEARNING));
        let session = episodic.then(|| (Called::InSession(session.clone(), TOKENS), EPISODES));
        account.into_iter().chain(session)
    }

    /// Counts a call of one of AgentCore's operations, by its name there, or refuses it.
    pub fn admit(&self, account: &AccountId, operation: &'static str) -> Result<()> {
        let rate = of_account(operation);
        self.call(
            || Called::ByAccount(account.clone(), operation),
            rate,
            || format!("{} calls of {operation} a second", rate.times()),
        )
    }

    /// Counts an event that is to be written, or refuses it.
    pub(crate) fn admit_event(&self, session: &SessionKey, payload: &[Payload]) -> Result<()> {
        let said = payload.iter().any(|payload| matches!(payload, Payload::Conversational { .. }));
        let (rate, what, which) = match said {
            true => (SAYING, "conversational", "events with conversational payload"),
            false => (KEEPING, CREATE_EVENT, "events without conversational payload"),
        };
        self.call(
            || Called::InSession(session.clone(), what),
            rate,
            || format!("{} {which} a second in one session of an actor", rate.times()),
        )
    }

    /// Counts an event that is to be removed, or refuses it.
    pub(crate) fn admit_removal(&self, session: &SessionKey) -> Result<()> {
        self.call(
            || Called::InSession(session.clone(), DELETE_EVENT),
            REMOVING,
            || format!("{} calls of {DELETE_EVENT} a second in one session of an actor", REMOVING.times()),
        )
    }

    fn call(&self, called: impl FnOnce() -> Called, rate: Rate, most: impl FnOnce() -> String) -> Result<()> {
        match self.0.options.request_rates {
            RequestRates::Unlimited => Ok(()),
            RequestRates::AgentCore if self.0.calls.0.take(called(), rate, self.now()) => Ok(()),
            RequestRates::AgentCore => {
                let message = format!("This account may make at most {}. Retry with a back-off.", most());
                Err(Fault::new(Kind::Throttled, message))
            }
        }
    }
}
