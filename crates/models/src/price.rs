//! What models cost.

use std::collections::BTreeMap;
use std::fmt;

use inference::Usage;
use serde::{Deserialize, Serialize};

/// Decimal places of an amount.
const DECIMALS: usize = 9;
const ONE: u64 = 1_000_000_000;

/// An amount of money in billionths, of whatever currency the prices are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub u64);

/// What a model costs, each for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelPrice {
    /// Tokens that it reads.
    pub input: Money,
    /// Tokens that it writes.
    pub output: Money,
    /// Tokens that it takes from the provider's cache.
    pub cache_read: Money,
    /// Tokens that it puts into the provider's cache.
    pub cache_write: Money,
}

/// A price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// What it is in.
    pub currency: String,
    /// The prices, by `provider/model`.
    pub models: BTreeMap<String, ModelPrice>,
}

impl Money {
    /// Parses a plain decimal number with at most nine places, such as `0.075`.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
        whole.checked_mul(ONE)?.checked_add(fraction).map(Self)
    }

    /// Both together, or the most there can be.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// A decimal number without needless zeros, but with two places at least.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0DECIMALS$}", self.0 % ONE);
        let needed = fraction.trim_end_matches('0').len().max(2);
        let text = format!("{}.{}", self.0 / ONE, &fraction[..needed]);
        formatter.pad(&text)
    }
}

impl ModelPrice {
    /// What these tokens cost, rounded once.
    pub fn of(&self, usage: &Usage) -> Money {
        let parts = [
            (usage.input_tokens, self.input),
            (usage.output_tokens, self.output),
            (usage.cache_read_tokens, self.cache_read),
            (usage.cache_write_tokens, self.cache_write),
        ];
        let millionths = parts.iter().fold(0_u128, |sum, (tokens, price)| {
            sum.saturating_add(u128::from(*tokens) * u128::from(price.0))
        });
        Money(u64::try_from((millionths + 500_000) / 1_000_000).unwrap_or(u64::MAX))
    }
}

impl Prices {
    /// What a model of a provider costs, if that is known.
    pub fn of(&self, provider: &str, model: &str) -> Option<&ModelPrice> {
        self.models.get(&format!("{provider}/{model}"))
    }
}

impl Default for Prices {
    fn default() -> Self {
        Self { currency: "USD".to_owned(), models: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_plain_decimals() {
        for (text, billionths, shown) in
            [("3", 3 * ONE, "3.00"), ("0.075", 75_000_000, "0.075"), ("1.000000001", ONE + 1, "1.000000001")]
        {
            assert_eq!(Money::parse(text), Some(Money(billionths)), "{text}");
            assert_eq!(Money(billionths).to_string(), shown);
        }
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.0000000001", "1,5", "99999999999999999999"] {
            assert_eq!(Money::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_cost_is_rounded_once() {
        let price = ModelPrice {
            input: Money::parse("3").unwrap(),
            output: Money::parse("15").unwrap(),
            cache_read: Money::parse("0.3").unwrap(),
            cache_write: Money::parse("3.75").unwrap(),
        };
        let usage =
            Usage { input_tokens: 1_000, output_tokens: 100, cache_read_tokens: 10, cache_write_tokens: 1 };
        assert_eq!(price.of(&usage), Money(3_000_000 + 1_500_000 + 3_000 + 3_750));
        let tiny = ModelPrice { input: Money(500_000), output: Money(499_999), ..ModelPrice::default() };
        let one = |input_tokens, output_tokens| Usage { input_tokens, output_tokens, ..Usage::default() };
        assert_eq!(
            (tiny.of(&one(1, 0)), tiny.of(&one(0, 1)), tiny.of(&one(1, 1))),
            (Money(1), Money(0), Money(1))
        );
        let huge = ModelPrice { input: Money(u64::MAX), ..ModelPrice::default() };
        assert_eq!(huge.of(&one(u64::MAX, 0)), Money(u64::MAX));
    }
}
