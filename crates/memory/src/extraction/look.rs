//! A look at a session: what is due in it is done, the rest is told.

use std::collections::HashMap;
use std::time::Duration;

use fault::{Kind, Result};
use ids::StrategyId;
use stdx::Timestamp;
use store::{Batch, Expect, KeyRange, Revision, Write};

use super::rows::{CURSORS, cursor_key};
use super::state::Tally;
use super::trigger::Triggers;
use crate::events::{Arrival, SessionKey};
use crate::model::{Definition, Strategy, StrategyStatus};
use crate::pending::{self, PendingRow};
use crate::service::Memory;

/// How many rows of a session are looked at.
const MOST_ROWS: usize = 100;
/// The most that one run takes up: messages,
const MOST_MESSAGES: u32 = 200;
/// and tokens. What is left is the next one's.
const MOST_TOKENS: u32 = 50_000;
/// How soon to look again for what is still being written.
const SOON: Duration = Duration::from_millis(50);

/// What is left of a session after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// Whether anything waits.
    pub(super) waits: bool,
    /// What has to come so that it is due,
    pub(super) triggers: Triggers,
    /// or else when it is.
    pub(super) due: Option<Timestamp>,
}

/// What of a session waits for whom.
pub(super) struct Waiting {
    /// The first rows,
    pub(super) front: Vec<PendingRow>,
    /// and whether there are others behind them.
    pub(super) more: bool,
    /// Then: for each strategy the first rows that it is not past.
    ahead: HashMap<StrategyId, Vec<PendingRow>>,
    /// Whether what comes next is still being written.
    unsettled: bool,
    /// How far each strategy is.
    pub(super) cursors: HashMap<StrategyId, (Arrival, Revision)>,
}

impl Memory {
    /// Does everything that is due in a session. Returns what is left, if anything.
    pub(super) async fn look(&self, session: &SessionKey) -> Result<Option<Left>> {
        self.restart_wanted(session).await?;
        loop {
            let memory = match self.definition(&session.account, &session.memory).await {
                Ok(memory) => memory,
                // It is gone, and takes its rows along.
                Err(fault) if *fault.kind() == Kind::NotFound => return Ok(None),
                Err(fault) => return Err(fault),
            };
            let waiting = self.waiting(session, &memory).await?;
            let may_ask = |strategy: &&Strategy| self.until_tokens(session, &strategy.kind).is_zero();
            let due = memory.strategies.iter().filter(may_ask).find_map(|strategy| {
                Some((strategy, waiting.due(strategy, &Triggers::of(strategy, &self.0.options), self.now())?))
            });
            let Some((strategy, rows)) = due else {
                self.drop_unwanted(session, &memory, &waiting).await?;
                return Ok(Some(self.left(session, &memory, &waiting)));
            };
            self.run(session, &memory, strategy, &waiting, rows).await?;
            if self.0.stopping.is_cancelled() {
                return Ok(None);
            }
        }
    }

    async fn waiting(&self, session: &SessionKey, memory: &Definition) -> Result<Waiting> {
        let front = self.pending_in(session, None, MOST_ROWS).await?;
        let below = KeyRange::below(session.segments());
        let cursors = CURSORS.list(self.store(), &below, usize::MAX).await?.into_iter().filter_map(|row| {
            let strategy = StrategyId::parse(row.key.last()).ok()?;
            Some((strategy, (Arrival::from_number(row.value), row.revision)))
        });
        let mut waiting = Waiting {
            front: front.rows,
            more: front.more,
            ahead: HashMap::new(),
            unsettled: front.unsettled,
            cursors: cursors.collect(),
        };
        if waiting.more {
            // One that is far behind must not keep the others from going on.
            for strategy in memory.strategies.iter().filter(|strategy| learns(strategy)) {
                let rows = self.pending_in(session, Some(waiting.past(strategy)), MOST_ROWS).await?;
                waiting.unsettled |= rows.unsettled;
                waiting.ahead.insert(strategy.id.clone(), rows.rows);
            }
        }
        Ok(waiting)
    }

    /// Takes away what no strategy waits for any more: those that did are gone.
    async fn drop_unwanted(
        &self,
        session: &SessionKey,
        memory: &Definition,
        waiting: &Waiting,
    ) -> Result<()> {
        let unwanted: Vec<&PendingRow> =
            waiting.front.iter().filter(|row| !waiting.is_wanted(memory, row)).collect();
        if unwanted.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new().with(unwanted.iter().map(|row| pending::remove(session, row.arrival)));
        if unwanted.len() == waiting.front.len() && !waiting.more {
            batch = batch.with(waiting.forget_cursors(session));
        }
        self.store().commit(batch).await?;
        Ok(())
    }

    fn left(&self, session: &SessionKey, memory: &Definition, waiting: &Waiting) -> Left {
        let soon = waiting.unsettled.then(|| self.now().plus(SOON));
        let mut left = Left { waits: waiting.unsettled, triggers: Triggers::NEVER, due: soon };
        for strategy in memory.strategies.iter().filter(|strategy| learns(strategy)) {
            let tally = tally(waiting.wanted_by(strategy));
            let triggers = Triggers::of(strategy, &self.0.options);
            left.waits |= tally.messages > 0;
            if strategy.status != StrategyStatus::Active {
                continue;
            }
            let tokens = self.until_tokens(session, &strategy.kind);
            let due = if tokens.is_zero() {
                left.triggers = left.triggers.or(triggers.after(&tally));
                triggers.deadline(&tally)
            } else {
                // Whatever comes meanwhile: before that it may not ask its model.
                (tally.messages > 0).then(|| self.now().plus(tokens))
            };
            left.due = [left.due, due].into_iter().flatten().min();
        }
        left
    }
}

/// Whether a strategy learns, or is about to.
fn learns(strategy: &Strategy) -> bool {
    matches!(strategy.status, StrategyStatus::Active | StrategyStatus::Creating)
}

impl Waiting {
    /// What a strategy has yet to look at: what came after it was made and lies beyond its cursor.
    fn wanted_by<'a>(&'a self, strategy: &'a Strategy) -> impl Iterator<Item = &'a PendingRow> {
        let rows = self.ahead.get(&strategy.id).unwrap_or(&self.front);
        rows.iter().filter(|row| self.wants(strategy, row))
    }

    pub(super) fn wants(&self, strategy: &Strategy, row: &PendingRow) -> bool {
        learns(strategy) && row.arrival > self.past(strategy) && row.pending.at >= strategy.created_at
    }

    /// What a strategy is past: its cursor, or everything before it was made.
    fn past(&self, strategy: &Strategy) -> Arrival {
        let made = Arrival::from_number(Arrival::at(strategy.created_at).number().saturating_sub(1));
        self.cursors.get(&strategy.id).map_or(made, |(cursor, _)| made.max(*cursor))
    }

    fn is_wanted(&self, memory: &Definition, row: &PendingRow) -> bool {
        memory.strategies.iter().any(|strategy| self.wants(strategy, row))
    }

    /// The rows that a strategy is to look at now, if its time has come.
    fn due(&self, strategy: &Strategy, triggers: &Triggers, now: Timestamp) -> Option<Vec<PendingRow>> {
        if strategy.status != StrategyStatus::Active {
            return None;
        }
        let wanted: Vec<&PendingRow> = self.wanted_by(strategy).collect();
        if wanted.is_empty() || !triggers.fire(&tally(wanted.iter().copied()), now) {
            return None;
        }
        let mut sum = Tally::default();
        let fitting = wanted.into_iter().enumerate().take_while(|(index, row)| {
            sum.add(tally([*row]));
            *index == 0 || (sum.messages <= MOST_MESSAGES && sum.tokens <= MOST_TOKENS)
        });
        Some(fitting.map(|(_, row)| row.clone()).collect())
    }

    /// Takes away all cursors: nothing pending lies before any of them.
    pub(super) fn forget_cursors(&self, session: &SessionKey) -> Vec<Write> {
        let cursors = self.cursors.keys();
        cursors.map(|strategy| CURSORS.delete(cursor_key(session, strategy), Expect::Any)).collect()
    }
}

fn tally<'a>(rows: impl IntoIterator<Item = &'a PendingRow>) -> Tally {
    let mut sum = Tally::default();
    for PendingRow { pending, .. } in rows {
        sum.add(Tally {
            messages: pending.messages,
            tokens: pending.tokens,
            last: pending.at,
            at_once: false,
        });
    }
    sum
}
