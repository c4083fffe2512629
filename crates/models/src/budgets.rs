//! What may be spent, and what was. Pure: what time it is and what calls took, it is told.
//!
//! A call is refused once what was spent has reached the limit. What calls under way will cost nobody knows, so together they
//! can go over it; the next call is refused then.

mod window;

use std::collections::BTreeMap;

use inference::{Attribution, ErrorKind, ModelError};
use stdx::Timestamp;

pub use window::Per;

use crate::price::Money;
use crate::usage::record::CallRecord;

/// Windows that are remembered: a clock that is set back finds what was spent then.
const REMEMBERED: usize = 3;

/// What may be spent by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// How much.
    pub limit: Money,
    /// In which time.
    pub per: Per,
    /// Which calls it covers.
    pub scope: Scope,
}

/// Which calls a budget covers: those that are all of what is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of this account.
    pub account: Option<String>,
    /// Of this agent.
    pub agent: Option<String>,
    /// In this session.
    pub session: Option<String>,
    /// For this user.
    pub user: Option<String>,
    /// By this name.
    pub alias: Option<String>,
}

/// A call, as budgets see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) account: &'a str,
    pub(crate) agent: Option<&'a str>,
    pub(crate) session: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) alias: &'a str,
}

/// A budget with what was spent of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The budget.
    pub budget: Budget,
    /// How much, since it was whole last.
    pub spent: Money,
    /// When it is whole again.
    pub renews: Timestamp,
    /// What it is in.
    pub currency: String,
}

/// A budget that is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded(Box<Spent>);

/// What was spent of each budget.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    currency: String,
    /// With what was spent by the number of the window.
    budgets: Vec<(Budget, BTreeMap<i64, Money>)>,
}

impl Sums {
    pub(crate) fn new(budgets: &[Budget], currency: &str) -> Self {
        let budgets = budgets.iter().map(|budget| (budget.clone(), BTreeMap::new())).collect();
        Self { currency: currency.to_owned(), budgets }
    }

    /// Whether these are the sums of exactly these budgets.
    pub(crate) fn are_for(&self, budgets: &[Budget], currency: &str) -> bool {
        self.currency == currency && self.budgets.iter().map(|(budget, _)| budget).eq(budgets)
    }

    /// Adds what a call took.
    pub(crate) fn add(&mut self, record: &CallRecord) {
        let Some(cost) = record.cost.filter(|_| record.currency == self.currency) else { return };
        let subject = Subject::from(record);
        let covering = self.budgets.iter_mut().filter(|(budget, _)| budget.scope.covers(&subject));
        for (budget, windows) in covering {
            let spent = windows.entry(budget.per.number(record.at)).or_default();
            *spent = spent.plus(cost);
            if windows.len() > REMEMBERED {
                windows.pop_first();
            }
        }
    }

    /// Whether all budgets leave room for such a call.
    pub(crate) fn check(&self, subject: &Subject<'_>, now: Timestamp) -> Result<(), Exceeded> {
        for (budget, windows) in &self.budgets {
            let spent = windows.get(&budget.per.number(now)).copied().unwrap_or_default();
            if spent >= budget.limit && budget.scope.covers(subject) {
                return Err(Exceeded(Box::new(self.shown(budget, spent, now))));
            }
        }
        Ok(())
    }

    /// What was spent of each.
    pub(crate) fn spent(&self, now: Timestamp) -> Vec<Spent> {
        let shown = |(budget, windows): &(Budget, BTreeMap<i64, Money>)| {
            let spent = windows.get(&budget.per.number(now)).copied().unwrap_or_default();
            self.shown(budget, spent, now)
        };
        self.budgets.iter().map(shown).collect()
    }

    fn shown(&self, budget: &Budget, spent: Money, now: Timestamp) -> Spent {
        let (renews, currency) = (budget.per.end(now), self.currency.clone());
        Spent { budget: budget.clone(), spent, renews, currency }
    }
}

impl Scope {
    fn covers(&self, subject: &Subject<'_>) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| match wanted {
            Some(wanted) => found == Some(wanted),
            None => true,
        };
        is(&self.account, Some(subject.account))
            && is(&self.agent, subject.agent)
            && is(&self.session, subject.session)
            && is(&self.user, subject.user)
            && is(&self.alias, Some(subject.alias))
    }
}

impl<'a> Subject<'a> {
    pub(crate) fn new(alias: &'a str, whom: &'a Attribution) -> Self {
        Self {
            account: &whom.account,
            agent: whom.agent.as_deref(),
            session: whom.session.as_deref(),
            user: whom.user.as_deref(),
            alias,
        }
    }
}

impl<'a> From<&'a CallRecord> for Subject<'a> {
    fn from(record: &'a CallRecord) -> Self {
        Self {
            account: &record.account,
            agent: record.agent.as_deref(),
            session: record.session.as_deref(),
            user: record.user.as_deref(),
            alias: &record.alias,
        }
    }
}

impl From<Exceeded> for ModelError {
    fn from(Exceeded(used_up): Exceeded) -> Self {
        let Spent { budget, spent, renews, currency } = *used_up;
        let message = format!(
            "The budget {:?} is used up: {spent} of {} {currency} a {} are spent. It renews at {}.",
            budget.name,
            budget.limit,
            budget.per.as_str(),
            window::shown(renews),
        );
        Self::new(ErrorKind::BudgetExceeded, message)
    }
}

#[cfg(test)]
mod tests;
