//! The span of time in which a signature counts.

use stdx::Timestamp;

use crate::amz_date::AmzDate;
use crate::error::AuthError;
use crate::presented::{Form, Presented};
use crate::service::Service;

/// Checks the age of a signature against our clock.
pub(crate) fn check(presented: &Presented, service: &Service, now: Timestamp) -> Result<(), AuthError> {
    let signed_at = presented.signed_at.timestamp();
    let minutes = service.skew.as_secs() / 60;
    let text = |moment| AmzDate::at(moment).to_string();
    if signed_at > now.plus(service.skew) {
        return Err(AuthError::SignatureNotYetCurrent {
            signed: presented.signed_at.to_string(),
            limit: text(now.plus(service.skew)),
            now: text(now),
            minutes,
        });
    }
    match presented.form {
        Form::Header if now > signed_at.plus(service.skew) => Err(AuthError::SignatureExpired {
            signed: presented.signed_at.to_string(),
            limit: text(before(now, service.skew)),
            now: text(now),
            minutes,
        }),
        Form::Query { expires } if now > signed_at.plus(expires) => {
            Err(AuthError::RequestExpired { until: text(signed_at.plus(expires)), now: text(now) })
        }
        _ => Ok(()),
    }
}

fn before(now: Timestamp, span: std::time::Duration) -> Timestamp {
    let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}
