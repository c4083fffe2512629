//! The one date format of Signature Version 4, `20150830T123600Z`, and the older ones it tolerates.

use std::fmt;

use stdx::Timestamp;
use time::format_description::well_known::Rfc2822;
use time::{Date, Month, OffsetDateTime, Time};

/// A moment as signatures write it, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AmzDate(OffsetDateTime);

impl AmzDate {
    /// The second in which `moment` lies.
    pub(crate) fn at(moment: Timestamp) -> Self {
        // A clock outside the calendar's range (year ±9999) is no clock.
        Self(OffsetDateTime::from_unix_timestamp(moment.as_secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Reads `20150830T123600Z`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let month = Month::try_from(u8::try_from(digits(&bytes[4..6])?).ok()?).ok()?;
        let year = i32::from(digits(&bytes[..4])?);
        let date = Date::from_calendar_date(year, month, small(&bytes[6..8])?).ok()?;
        let time = Time::from_hms(small(&bytes[9..11])?, small(&bytes[11..13])?, small(&bytes[13..15])?);
        Some(Self(OffsetDateTime::new_utc(date, time.ok()?)))
    }

    /// Reads a `Date` header: the signature's own format or the one of mail and HTTP.
    pub(crate) fn parse_date_header(text: &str) -> Option<Self> {
        let lenient = || {
            // HTTP says `GMT` where mail may say `+0000`; the parser knows both.
            OffsetDateTime::parse(text, &Rfc2822).ok().map(|date| Self(date.to_offset(time::UtcOffset::UTC)))
        };
        Self::parse(text).or_else(lenient)
    }

    /// The same moment as the rest of the house writes it.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(self.0.unix_timestamp() * 1000)
    }

    /// The day, `20150830`: the first part of the credential scope.
    pub(crate) fn day(self) -> String {
        let mut text = self.to_string();
        text.truncate(8);
        text
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(
            formatter,
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

fn digits(bytes: &[u8]) -> Option<u16> {
    bytes
        .iter()
        .try_fold(0_u16, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u16::from(byte - b'0')))
}

fn small(bytes: &[u8]) -> Option<u8> {
    u8::try_from(digits(bytes)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let date = AmzDate::parse("20150830T123600Z").unwrap();
        assert_eq!(date.to_string(), "20150830T123600Z");
        assert_eq!(date.day(), "20150830");
        assert_eq!(date.timestamp(), Timestamp::from_millis(1_440_938_160_000));
        assert_eq!(AmzDate::at(date.timestamp()), date);
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in
            ["", "20150830", "20151330T123600Z", "20150830T243600Z", "2015083ÅT12360Z", "20150830t123600z"]
        {
            assert_eq!(AmzDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_header_may_be_written_as_http_does() {
        let date = AmzDate::parse_date_header("Sun, 30 Aug 2015 12:36:00 GMT").unwrap();
        assert_eq!(date.to_string(), "20150830T123600Z");
    }
}
