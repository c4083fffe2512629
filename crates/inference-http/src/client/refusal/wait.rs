//! How long a provider wants us to wait.

use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use stdx::Timestamp;

/// What the headers say about when to come back: `retry-after-ms`, else `retry-after` in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let millis = text("retry-after-ms").and_then(number).map(|millis| millis / 1e3);
    let said = text(RETRY_AFTER.as_str());
    if let Some(seconds) = millis.or_else(|| said.and_then(number)) {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let date = httpdate::parse_http_date(said?).ok()?;
    let millis = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
    Some(Timestamp::from_millis(i64::try_from(millis).ok()?).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)], expected: Option<Duration>) {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        // 1994-11-06 08:49:30 UTC.
        let now = Timestamp::from_millis(784_111_770_000);
        assert_eq!(retry_after(&headers.collect(), now), expected);
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_understood() {
        check(&[("retry-after", "7")], Some(Duration::from_secs(7)));
        check(&[("retry-after", "0.5")], Some(Duration::from_millis(500)));
        check(&[("retry-after", "7"), ("retry-after-ms", "250")], Some(Duration::from_millis(250)));
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], Some(Duration::from_secs(7)));
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:20 GMT")], Some(Duration::ZERO));
        check(&[("retry-after", "1e300")], Some(Duration::MAX));
        for nonsense in ["", "soon", "-1", "NaN", "inf"] {
            check(&[("retry-after", nonsense)], None);
        }
        check(&[], None);
    }
}
