//! Metering wired to what it meters: the runtime's sandboxes on one side, the prices that were set on the other.

use std::sync::Arc;
use std::time::Duration;

use config::{Amount, Usage};
use ids::{Region, RuntimeArn};
use memory::usage::Rate;
use metering::price::Tariff;
use metering::{Guard, Life, Metering, Options, Price, Prices, Reading, Used};
use runtime::{MeterGuard, Metered, ReadMeter};

use crate::inside::{Lives, Session, Stay};

/// Keeps the runtime's books, and remembers which session each sandbox is.
pub(crate) struct Books {
    pub(crate) metering: Metering,
    pub(crate) lives: Lives,
    pub(crate) region: Region,
}

impl runtime::Metering for Books {
    fn begin(&self, life: Metered, meter: ReadMeter) -> Box<dyn MeterGuard> {
        let stay = self.lives.begin(&life.sandbox, self.session(&life));
        let Metered { account, runtime, endpoint, session, user, sandbox, started_at, resumed } = life;
        let life = Life { account, runtime, endpoint, session, user, sandbox, started_at, resumed };
        let read = Arc::new(move || {
            let sandbox::Meter { cpu, memory } = meter();
            Reading { cpu, memory }
        });
        Box::new(Page { guard: self.metering.begin(life, read), _stay: stay })
    }
}

impl Books {
    fn session(&self, life: &Metered) -> Session {
        let agent = RuntimeArn {
            region: self.region.clone(),
            account: life.account.clone(),
            runtime: life.runtime.clone(),
            endpoint: None,
        };
        Session {
            account: life.account.to_string(),
            agent: agent.to_string(),
            session: life.session.clone(),
            user: life.user.clone(),
        }
    }
}

/// A life's page in the books.
struct Page {
    guard: Guard,
    _stay: Stay,
}

impl MeterGuard for Page {
    fn finish(self: Box<Self>) {
        self.guard.finish();
    }
}

/// The same numbers as the metrics page wants them.
pub(crate) fn shown(used: &Used) -> telemetry::Used {
    telemetry::Used { sessions: used.sessions, vcpu_hours: used.vcpu_hours(), gb_hours: used.gb_hours() }
}

/// A price that is set to something else than a price.
#[derive(Debug, thiserror::Error)]
#[error(
    "{what} = {text:?} is no price: write a plain decimal number with at most nine places, such as 0.0895"
)]
pub struct PriceError {
    what: &'static str,
    text: String,
}

/// The service's settings from what was configured.
pub(crate) fn options(prices: &config::Prices, usage: &Usage) -> Result<Options, PriceError> {
    let default = Options::default();
    let days = |days: u32| Duration::from_hours(24 * u64::from(days));
    Ok(Options { keep: usage.retention_days.map_or(default.keep, days), prices: table(prices)?, ..default })
}

fn table(set: &config::Prices) -> Result<Prices, PriceError> {
    let published = Prices::default();
    let beginning = *published.at(stdx::Timestamp::default());
    let mut tariffs = vec![beginning];
    let own = changed(beginning, set.vcpu_hour.as_ref(), set.gb_hour.as_ref())?;
    match set.valid_from {
        Some(valid_from) => tariffs.push(Tariff { valid_from: valid_from.0, ..own }),
        None => tariffs[0] = own,
    }
    let mut changes = set.changes.clone();
    changes.sort_by_key(|change| change.valid_from);
    let mut last = own;
    for change in &changes {
        last = changed(last, change.vcpu_hour.as_ref(), change.gb_hour.as_ref())?;
        tariffs.push(Tariff { valid_from: change.valid_from.0, ..last });
    }
    let currency = set.currency.as_deref().unwrap_or(published.currency());
    let first = tariffs.remove(0);
    Ok(Prices::new(currency, first, tariffs))
}

fn changed(
    before: Tariff,
    vcpu_hour: Option<&Amount>,
    gb_hour: Option<&Amount>,
) -> Result<Tariff, PriceError> {
    Ok(Tariff {
        vcpu_hour: price("vcpu-hour", vcpu_hour)?.unwrap_or(before.vcpu_hour),
        gb_hour: price("gb-hour", gb_hour)?.unwrap_or(before.gb_hour),
        ..before
    })
}

/// What the use of memories costs.
pub(crate) fn of_memories(set: &config::Prices) -> Result<memory::usage::Prices, PriceError> {
    let default = memory::usage::Prices::default();
    let rate = |what, amount: &Option<Amount>, default| {
        let price = price(what, amount.as_ref())?;
        Ok(price.map_or(default, |price| Rate::billionths(price.billionths())))
    };
    Ok(memory::usage::Prices {
        currency: set.currency.clone().unwrap_or(default.currency),
        events: rate("memory-events", &set.memory_events, default.events)?,
        retrievals: rate("memory-retrievals", &set.memory_retrievals, default.retrievals)?,
        records: rate("memory-records", &set.memory_records, default.records)?,
    })
}

fn price(what: &'static str, amount: Option<&Amount>) -> Result<Option<Price>, PriceError> {
    let Some(Amount(text)) = amount else { return Ok(None) };
    Price::parse(text).map(Some).ok_or_else(|| PriceError { what, text: text.clone() })
}

#[cfg(test)]
mod tests {
    use config::{Moment, PriceChange};
    use stdx::Timestamp;

    use super::*;

    fn amount(text: &str) -> Option<Amount> {
        Some(Amount(text.to_owned()))
    }

    #[test]
    fn what_is_not_set_is_as_before() {
        let change = |at, vcpu_hour| PriceChange {
            valid_from: Moment(Timestamp::from_millis(at)),
            vcpu_hour,
            gb_hour: None,
        };
        let set = config::Prices {
            gb_hour: amount("2"),
            changes: vec![change(200, None), change(100, amount("5"))],
            ..config::Prices::default()
        };
        let prices = table(&set).unwrap();
        let at = |millis| {
            let tariff = prices.at(Timestamp::from_millis(millis));
            (tariff.vcpu_hour.billionths(), tariff.gb_hour.billionths())
        };
        assert_eq!(at(0), (89_500_000, 2_000_000_000));
        assert_eq!(at(100), (5_000_000_000, 2_000_000_000));
        assert_eq!(at(300), (5_000_000_000, 2_000_000_000));
        assert_eq!(prices.currency(), "USD");
    }

    #[test]
    fn what_is_no_price_is_named() {
        let set = config::Prices { vcpu_hour: amount("-1"), ..config::Prices::default() };
        let error = table(&set).unwrap_err().to_string();
        assert!(error.starts_with("vcpu-hour = \"-1\" is no price"), "{error}");
    }
}
