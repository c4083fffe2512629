//! What usage costs, and how long it is remembered.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use stdx::Timestamp;
use time::{Date, Month, Time, UtcOffset};
use toml::value::Datetime;

/// A price table; AgentCore's published prices unless set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prices {
    /// What it is in.
    pub currency: Option<String>,
    /// One virtual processor, used for an hour.
    pub vcpu_hour: Option<Amount>,
    /// One GB of memory, held for an hour.
    pub gb_hour: Option<Amount>,
    /// A thousand events of memories.
    pub memory_events: Option<Amount>,
    /// A thousand searches for records of memories.
    pub memory_retrievals: Option<Amount>,
    /// A thousand records of memories, kept for a month of 730 hours.
    pub memory_records: Option<Amount>,
    /// From when the prices of processors and memory hold, with AgentCore's before; from the beginning unless set.
    pub valid_from: Option<Moment>,
    /// What they change to later.
    #[serde(default)]
    pub changes: Vec<PriceChange>,
}

/// Prices that hold from a moment on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PriceChange {
    /// From when.
    pub valid_from: Moment,
    /// One virtual processor, used for an hour; as before unless set.
    pub vcpu_hour: Option<Amount>,
    /// One GB of memory, held for an hour; as before unless set.
    pub gb_hour: Option<Amount>,
}

/// How usage is remembered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Usage {
    /// Days that usage records are kept.
    pub retention_days: Option<u32>,
}

/// A decimal number, in the digits that were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount(pub String);

/// A date, or a date and time; UTC unless an offset says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Amount;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number such as 0.0895")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount(number.to_string()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
                // The shortest text that means this number is the one that was written.
                Ok(Amount(number.to_string()))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let datetime = Datetime::deserialize(deserializer)?;
        moment(&datetime).ok_or_else(|| D::Error::custom("write a date such as 2026-12-01"))
    }
}

fn moment(written: &Datetime) -> Option<Moment> {
    let date = written.date?;
    let month = Month::try_from(date.month).ok()?;
    let date = Date::from_calendar_date(i32::from(date.year), month, date.day).ok()?;
    let time = match written.time {
        Some(time) => Time::from_hms(time.hour, time.minute, time.second).ok()?,
        None => Time::MIDNIGHT,
    };
    let offset = match written.offset {
        Some(toml::value::Offset::Custom { minutes }) => {
            UtcOffset::from_whole_seconds(i32::from(minutes) * 60).ok()?
        }
        Some(toml::value::Offset::Z) | None => UtcOffset::UTC,
    };
    let seconds = date.with_time(time).assume_offset(offset).unix_timestamp();
    Some(Moment(Timestamp::from_millis(seconds.checked_mul(1000)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_as_they_are_written() {
        let text = "currency = \"EUR\"\nvcpu-hour = 0.0895\ngb-hour = \"0.010\"\n\
                    [[changes]]\nvalid-from = 2026-12-01\nvcpu-hour = 1\n\
                    [[changes]]\nvalid-from = 2026-12-01T01:30:00+01:00\n";
        let prices: Prices = toml::from_str(text).unwrap();
        let amount = |text: &str| Some(Amount(text.to_owned()));
        assert_eq!((prices.vcpu_hour, prices.gb_hour), (amount("0.0895"), amount("0.010")));
        let [first, second] = &prices.changes[..] else { panic!("two changes") };
        assert_eq!((first.valid_from.0.as_secs(), first.vcpu_hour.clone()), (1_796_083_200, amount("1")));
        assert_eq!(second.valid_from.0.as_secs(), first.valid_from.0.as_secs() + 1_800);
        assert!(toml::from_str::<Prices>("valid-from = 12:00:00").is_err());
    }
}
