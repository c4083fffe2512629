//! `application/x-www-form-urlencoded`, as much of it as STS needs.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A form, decoded where it is looked at.
pub(crate) struct Form<'f>(&'f str);

impl<'f> Form<'f> {
    pub(crate) fn new(text: &'f str) -> Self {
        Self(text)
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'f, str>> {
        let pairs = self.0.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(candidate, _)| decode(candidate) == name).map(|(_, value)| decode(value)).next()
    }
}

fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let form = Form::new("Act%69on=a+b%2B%C3%A4&Empty&Action=second");
        assert_eq!(form.get("Action").as_deref(), Some("a b+ä"));
        assert_eq!(form.get("Empty").as_deref(), Some(""));
        assert_eq!(form.get("action"), None);
        assert_eq!(Form::new("").get("Action"), None);
    }
}
