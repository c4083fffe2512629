//! Moments in the formats that the models declare.

use stdx::Timestamp;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Seconds since the Unix epoch as a number, fractions allowed: the default in bodies.
    EpochSeconds,
    /// `2026-01-31T12:00:00.5Z`: the default in labels and queries.
    DateTime,
    /// `Sat, 31 Jan 2026 12:00:00 GMT`: the default in headers.
    HttpDate,
}

/// A moment that the model wants written as a date and time, not as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iso8601(pub Timestamp);

impl From<Timestamp> for Iso8601 {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl From<Iso8601> for Timestamp {
    fn from(moment: Iso8601) -> Self {
        moment.0
    }
}

const NANOS_PER_MILLI: i128 = 1_000_000;

/// The moment as text in `format`.
pub fn to_text(moment: Timestamp, format: Format) -> String {
    match format {
        Format::EpochSeconds => epoch_seconds(moment).to_string(),
        Format::DateTime => match calendar(moment).format(&Rfc3339) {
            Ok(text) => text,
            // Years beyond 9999 have no such form.
            Err(_) => epoch_seconds(moment).to_string(),
        },
        Format::HttpDate => {
            let format = format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            );
            calendar(moment).format(&format).unwrap_or_else(|_| epoch_seconds(moment).to_string())
        }
    }
}

/// The moment as a number of seconds: whole where it is whole.
pub fn epoch_seconds(moment: Timestamp) -> serde_json::Number {
    let millis = moment.as_millis();
    if millis % 1000 == 0 {
        return (millis / 1000).into();
    }
    #[expect(clippy::cast_precision_loss, reason = "exact for some 280,000 years around the epoch")]
    let seconds = millis as f64 / 1000.0;
    serde_json::Number::from_f64(seconds).expect("a quotient of an integer is finite")
}

/// Reads a moment from text in any of the formats: clients differ, and no text is valid in two of them.
pub fn from_text(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        return from_epoch_seconds(seconds);
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return from_calendar(moment);
    }
    let without_zone = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    if let Ok(moment) = PrimitiveDateTime::parse(text, &without_zone) {
        return from_calendar(moment.assume_utc());
    }
    let http_date = text.strip_suffix("GMT").map(|rest| format!("{rest}+0000"))?;
    from_calendar(OffsetDateTime::parse(&http_date, &Rfc2822).ok()?)
}

/// Reads a moment from seconds since the epoch, to the millisecond.
pub fn from_epoch_seconds(seconds: f64) -> Option<Timestamp> {
    const LIMIT: f64 = 9e12;
    if !seconds.is_finite() || seconds.abs() > LIMIT {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the limit above leaves room in an i64")]
    let millis = (seconds * 1000.0).round() as i64;
    Some(Timestamp::from_millis(millis))
}

fn calendar(moment: Timestamp) -> OffsetDateTime {
    let nanos = i128::from(moment.as_millis()) * NANOS_PER_MILLI;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn from_calendar(moment: OffsetDateTime) -> Option<Timestamp> {
    let millis = moment.unix_timestamp_nanos().div_euclid(NANOS_PER_MILLI);
    Some(Timestamp::from_millis(i64::try_from(millis).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEW_YEAR: Timestamp = Timestamp::from_millis(1_767_225_600_500);

    #[test]
    fn each_format_has_its_form() {
        assert_eq!(to_text(NEW_YEAR, Format::EpochSeconds), "1767225600.5");
        assert_eq!(to_text(NEW_YEAR, Format::DateTime), "2026-01-01T00:00:00.5Z");
        assert_eq!(to_text(NEW_YEAR, Format::HttpDate), "Thu, 01 Jan 2026 00:00:00 GMT");
    }

    #[test]
    fn other_writings_of_the_same_moment_read_alike() {
        let whole = Timestamp::from_millis(1_767_225_600_000);
        for text in [
            "1767225600",
            "1.7672256e9",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01T00:00:00",
            "Thu, 01 Jan 2026 00:00:00 GMT",
        ] {
            assert_eq!(from_text(text), Some(whole), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "now", "NaN", "inf", "1e300", "2026-13-01T00:00:00Z", "Thu, 01 Jan 2026"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_format_reads_what_it_writes(millis in 0_i64..253_402_300_800_000) {
            let moment = Timestamp::from_millis(millis);
            prop_assert_eq!(from_text(&to_text(moment, Format::EpochSeconds)), Some(moment));
            prop_assert_eq!(from_text(&to_text(moment, Format::DateTime)), Some(moment));
            let whole = Timestamp::from_millis(millis / 1000 * 1000);
            prop_assert_eq!(from_text(&to_text(moment, Format::HttpDate)), Some(whole));
        }
    }
}
