//! What usage costs.

use stdx::Timestamp;

/// Decimal places that a price may have.
const DECIMALS: u32 = 9;
const ONE: u64 = 10_u64.pow(DECIMALS);

/// An amount of money per unit, exact to nine decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

/// The prices from one moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// The first full hour after this is charged by it.
    pub valid_from: Timestamp,
    /// One virtual processor, used for an hour.
    pub vcpu_hour: Price,
    /// One GB (2^30 bytes) of memory, held for an hour.
    pub gb_hour: Price,
}

/// A price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    currency: String,
    /// By the time from which they hold; never empty.
    tariffs: Vec<Tariff>,
}

impl Price {
    /// Parses a plain decimal number such as `0.0895`.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS as usize {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let fraction: u64 = format!("{fraction:0<9}").parse().ok()?;
        whole.checked_mul(ONE)?.checked_add(fraction).map(Self)
    }

    /// In billionths.
    pub const fn billionths(self) -> u64 {
        self.0
    }
}

impl Prices {
    /// A table in which `first` holds until the first of `later` does.
    pub fn new(currency: impl Into<String>, first: Tariff, later: Vec<Tariff>) -> Self {
        let mut tariffs = later;
        tariffs.push(first);
        tariffs.sort_by_key(|tariff| tariff.valid_from);
        Self { currency: currency.into(), tariffs }
    }

    /// The currency's name, as it is printed.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// What holds for the hour that begins at `hour`. Before the first tariff it is the first one.
    pub fn at(&self, hour: Timestamp) -> &Tariff {
        let later = self.tariffs.partition_point(|tariff| tariff.valid_from <= hour);
        &self.tariffs[later.saturating_sub(1)]
    }
}

/// AgentCore's published prices of its Runtime (aws.amazon.com/bedrock/agentcore/pricing, 2026): so that a bill shows
/// what the same sessions would cost there until somebody puts in what they cost here.
impl Default for Prices {
    fn default() -> Self {
        let tariff = Tariff {
            valid_from: Timestamp::from_millis(0),
            vcpu_hour: Price(89_500_000),
            gb_hour: Price(9_450_000),
        };
        Self { currency: "USD".to_owned(), tariffs: vec![tariff] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_plain_decimals() {
        for (text, billionths) in
            [("0.0895", 89_500_000), ("0.00945", 9_450_000), ("2", 2 * ONE), ("1.000000001", ONE + 1)]
        {
            assert_eq!(Price::parse(text), Some(Price(billionths)), "{text}");
        }
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.0000000001", "1,5", "99999999999999999999"] {
            assert_eq!(Price::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_hour_has_the_tariff_of_its_beginning() {
        let tariff = |valid_from, price| Tariff {
            valid_from: Timestamp::from_millis(valid_from),
            vcpu_hour: Price(price),
            gb_hour: Price(price),
        };
        let prices = Prices::new("EUR", tariff(100, 1), vec![tariff(300, 3), tariff(200, 2)]);
        let at = |millis| prices.at(Timestamp::from_millis(millis)).vcpu_hour.billionths();
        assert_eq!([at(0), at(100), at(199), at(200), at(300), at(999)], [1, 1, 1, 2, 3, 3]);
    }
}
