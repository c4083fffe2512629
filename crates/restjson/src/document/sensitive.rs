//! Values that the model marks as sensitive.

use std::fmt;

use serde_json::Value;

use super::{FromDocument, IntoDocument, Reader};
use crate::rule::Rule;

/// A value that no log may show.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Marks a value as sensitive.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, to look at.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl<T: FromDocument> FromDocument for Sensitive<T> {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        T::read(value, rule, reader).map(Self)
    }
}

impl<T: IntoDocument> IntoDocument for Sensitive<T> {
    fn into_document(self) -> Value {
        self.0.into_document()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sensitive_is_not_shown() {
        let secret = Sensitive::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[redacted] Some([redacted])");
        assert_eq!(secret.into_inner(), "hunter2");
    }
}
