//! Texts, numbers, booleans, bytes, moments and opaque documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use stdx::Timestamp;

use super::{FromDocument, IntoDocument, Reader};
use crate::rule::Rule;
use crate::timestamp::{Format, Iso8601, epoch_seconds, from_epoch_seconds, from_text, to_text};

#[expect(clippy::cast_precision_loss, reason = "sizes beyond 2^53 do not fit in memory")]
pub(super) fn check_size(size: usize, rule: &'static Rule, unit: &str, reader: &mut Reader) -> Option<()> {
    match rule.size_fault(size as f64, unit) {
        Some(message) => {
            reader.fault(message);
            None
        }
        None => Some(()),
    }
}

impl FromDocument for String {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let Value::String(text) = value else {
            reader.fault("must be a string");
            return None;
        };
        if rule.min.is_some() || rule.max.is_some() {
            check_size(text.chars().count(), rule, "characters", reader)?;
        }
        if let Some(pattern) = rule.pattern
            && !pattern.matches(&text)
        {
            reader.fault(format!("must match the pattern {}", pattern.source()));
            return None;
        }
        Some(text)
    }
}

impl IntoDocument for String {
    fn into_document(self) -> Value {
        Value::String(self)
    }
}

impl FromDocument for bool {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let read = value.as_bool();
        if read.is_none() {
            reader.fault("must be true or false");
        }
        read
    }
}

impl IntoDocument for bool {
    fn into_document(self) -> Value {
        Value::Bool(self)
    }
}

impl FromDocument for i64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the bounds are small; near 2^63 a rounded number stays outside"
    )]
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let Some(number) = whole(&value) else {
            reader.fault("must be a whole number");
            return None;
        };
        check_number(number as f64, rule, reader)?;
        Some(number)
    }
}

/// Clients in languages with one kind of number write `5.0` for `5`.
fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        let number = number as i64;
        Some(number)
    })
}

fn check_number(number: f64, rule: &'static Rule, reader: &mut Reader) -> Option<()> {
    match rule.size_fault(number, "") {
        Some(message) => {
            reader.fault(message);
            None
        }
        None => Some(()),
    }
}

impl IntoDocument for i64 {
    fn into_document(self) -> Value {
        Value::from(self)
    }
}

impl FromDocument for i32 {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let number = i64::read(value, rule, reader)?;
        let narrow = Self::try_from(number).ok();
        if narrow.is_none() {
            reader.fault("must fit in 32 bits");
        }
        narrow
    }
}

impl IntoDocument for i32 {
    fn into_document(self) -> Value {
        Value::from(self)
    }
}

impl FromDocument for f64 {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let number = match &value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(Self::NAN),
                "Infinity" => Some(Self::INFINITY),
                "-Infinity" => Some(Self::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        };
        let Some(number) = number else {
            reader.fault("must be a number");
            return None;
        };
        if number.is_nan() && (rule.min.is_some() || rule.max.is_some()) {
            reader.fault("must be within a range, which NaN is not");
            return None;
        }
        check_number(number, rule, reader)?;
        Some(number)
    }
}

impl IntoDocument for f64 {
    fn into_document(self) -> Value {
        match serde_json::Number::from_f64(self) {
            Some(number) => Value::Number(number),
            None if self.is_nan() => "NaN".into(),
            None if self > 0.0 => "Infinity".into(),
            None => "-Infinity".into(),
        }
    }
}

impl FromDocument for Bytes {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let decoded = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        let Some(decoded) = decoded else {
            reader.fault("must be a string in base64");
            return None;
        };
        check_size(decoded.len(), rule, "bytes", reader)?;
        Some(decoded.into())
    }
}

impl IntoDocument for Bytes {
    fn into_document(self) -> Value {
        Value::String(STANDARD.encode(self))
    }
}

impl FromDocument for Timestamp {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let moment = match &value {
            Value::Number(seconds) => seconds.as_f64().and_then(from_epoch_seconds),
            Value::String(text) => from_text(text),
            _ => None,
        };
        if moment.is_none() {
            reader.fault("must be a time: seconds since 1970, or a date and time with its zone");
        }
        moment
    }
}

impl IntoDocument for Timestamp {
    fn into_document(self) -> Value {
        Value::Number(epoch_seconds(self))
    }
}

impl FromDocument for Iso8601 {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Timestamp::read(value, rule, reader).map(Self)
    }
}

impl IntoDocument for Iso8601 {
    fn into_document(self) -> Value {
        Value::String(to_text(self.0, Format::DateTime))
    }
}

impl FromDocument for Value {
    fn read(value: Value, _: &'static Rule, _: &mut Reader) -> Option<Self> {
        Some(value)
    }
}

impl IntoDocument for Value {
    fn into_document(self) -> Value {
        self
    }
}
