//! Personal data that a pattern finds, and a check confirms where there is one.

mod bank;
mod card;
mod network;
mod numbers;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A kind of personal data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PiiKind {
            $($(#[$doc])* $variant,)+
        }

        impl PiiKind {
            /// Bedrock's name for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The kind that Bedrock calls so.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// A key id of AWS.
    AwsAccessKey = "AWS_ACCESS_KEY",
    /// The number of a payment card, with its check digit.
    CardNumber = "CREDIT_DEBIT_CARD_NUMBER",
    /// An address for mail.
    Email = "EMAIL",
    /// The number of a bank account, with its check digits.
    BankAccount = "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    /// An address of the internet, of either version.
    IpAddress = "IP_ADDRESS",
    /// A telephone number.
    Phone = "PHONE",
    /// An address of the web.
    Url = "URL",
    /// A number of the social security of the United States.
    SocialSecurity = "US_SOCIAL_SECURITY_NUMBER",
}

/// Where these kinds stand in a text, in no order.
pub(crate) fn find(text: &str, kinds: &BTreeSet<PiiKind>) -> Vec<(PiiKind, Range<usize>)> {
    kinds.iter().flat_map(|kind| of_kind(text, *kind).into_iter().map(|range| (*kind, range))).collect()
}

fn of_kind(text: &str, kind: PiiKind) -> Vec<Range<usize>> {
    static EMAIL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b"));
    static KEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"));
    match kind {
        PiiKind::Email => EMAIL.find_iter(text).map(|found| found.range()).collect(),
        PiiKind::AwsAccessKey => KEY.find_iter(text).map(|found| found.range()).collect(),
        PiiKind::CardNumber => card::find(text),
        PiiKind::BankAccount => bank::find(text),
        PiiKind::IpAddress => network::addresses(text),
        PiiKind::Url => network::urls(text),
        PiiKind::Phone => numbers::phones(text),
        PiiKind::SocialSecurity => numbers::social_security(text),
    }
}

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the pattern is written here and compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: PiiKind, text: &str) -> Vec<&str> {
        of_kind(text, kind).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn each_kind_is_found_and_nothing_else() {
        for (kind, text, expected) in [
            (PiiKind::Email, "to a.b+c@mail.example.org, not a@b", vec!["a.b+c@mail.example.org"]),
            (PiiKind::AwsAccessKey, "AKIAIOSFODNN7EXAMPLE and AKIA1", vec!["AKIAIOSFODNN7EXAMPLE"]),
            (PiiKind::CardNumber, "4111-1111-1111-1111, 4111111111111112", vec!["4111-1111-1111-1111"]),
            (
                PiiKind::BankAccount,
                "DE89 3704 0044 0532 0130 00 IS MINE, DE88370400440532013000",
                vec!["DE89 3704 0044 0532 0130 00"],
            ),
            (PiiKind::IpAddress, "10.0.0.1, 10.0.0.256, fe80::1, 12:30", vec!["10.0.0.1", "fe80::1"]),
            (
                PiiKind::Url,
                "see https://example.org/a?b=c. Or www.example.org!",
                vec!["https://example.org/a?b=c", "www.example.org"],
            ),
            (
                PiiKind::Phone,
                "+49 30 1234567 or (206) 555-0100, on 2026-11-21, 123-45-6789, 1234567890",
                vec!["+49 30 1234567", "(206) 555-0100"],
            ),
            (PiiKind::SocialSecurity, "123-45-6789, 000-45-6789, 923-45-6789", vec!["123-45-6789"]),
        ] {
            assert_eq!(found(kind, text), expected, "{}", kind.as_str());
            assert_eq!(PiiKind::parse(kind.as_str()), Some(kind));
        }
    }
}
