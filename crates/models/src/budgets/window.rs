//! Days and months, in UTC.

use stdx::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

const DAY: i64 = 86_400_000;

/// A time after which a budget is whole again, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// From midnight to midnight.
    Day,
    /// A calendar month.
    Month,
}

impl Per {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The number of the window in which this moment lies; each has the next higher one.
    pub(crate) fn number(self, at: Timestamp) -> i64 {
        match self {
            Self::Day => at.as_millis().div_euclid(DAY),
            Self::Month => {
                let date = date(at);
                i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1
            }
        }
    }

    /// When the window of this moment begins.
    pub(crate) fn beginning(self, at: Timestamp) -> Timestamp {
        self.beginning_of(self.number(at))
    }

    /// When the window of this moment is over.
    pub(crate) fn end(self, at: Timestamp) -> Timestamp {
        self.beginning_of(self.number(at) + 1)
    }

    /// The window's name, such as `2026-12-01` or `2026-12`.
    pub(crate) fn name(self, at: Timestamp) -> String {
        let date = date(at);
        let month = format!("{:04}-{:02}", date.year(), u8::from(date.month()));
        match self {
            Self::Day => format!("{month}-{:02}", date.day()),
            Self::Month => month,
        }
    }

    fn beginning_of(self, number: i64) -> Timestamp {
        match self {
            Self::Day => Timestamp::from_millis(number.saturating_mul(DAY)),
            Self::Month => {
                let month = u8::try_from(number.rem_euclid(12) + 1)
                    .ok()
                    .and_then(|month| Month::try_from(month).ok());
                let year = i32::try_from(number.div_euclid(12)).ok();
                let date =
                    year.zip(month).and_then(|(year, month)| Date::from_calendar_date(year, month, 1).ok());
                let seconds = date.unwrap_or(Date::MAX).midnight().assume_utc().unix_timestamp();
                Timestamp::from_millis(seconds * 1000)
            }
        }
    }
}

/// A moment for people.
pub(crate) fn shown(at: Timestamp) -> String {
    utc(at).format(&Rfc3339).unwrap_or_else(|_| at.as_secs().to_string())
}

fn date(at: Timestamp) -> Date {
    utc(at).date()
}

fn utc(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn months_are_as_long_as_they_are() {
        // 2028-02-29T12:00:00Z
        let leap = Timestamp::from_millis(1_835_438_400_000);
        assert_eq!(
            (Per::Day.name(leap), Per::Month.name(leap)),
            ("2028-02-29".to_owned(), "2028-02".to_owned())
        );
        assert_eq!(shown(Per::Month.beginning(leap)), "2028-02-01T00:00:00Z");
        assert_eq!(shown(Per::Month.end(leap)), "2028-03-01T00:00:00Z");
        assert_eq!(shown(Per::Day.end(leap)), "2028-03-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn a_moment_lies_in_its_window(millis in 0_i64..100 * 366 * DAY) {
            let at = Timestamp::from_millis(millis);
            for per in [Per::Day, Per::Month] {
                prop_assert!(per.beginning(at) <= at && at < per.end(at));
                prop_assert_eq!(per.number(per.end(at)), per.number(at) + 1);
                prop_assert_eq!(per.number(per.beginning(at)), per.number(at));
            }
        }
    }
}
