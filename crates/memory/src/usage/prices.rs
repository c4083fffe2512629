//! What the use of memories costs.

/// Money for a thousand of something, exact to nine decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate(u64);

/// A price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// What it is in.
    pub currency: String,
    /// A thousand events.
    pub events: Rate,
    /// A thousand searches for records.
    pub retrievals: Rate,
    /// A thousand records for a month of 730 hours.
    pub records: Rate,
}

impl Rate {
    /// So many billionths.
    pub const fn billionths(billionths: u64) -> Self {
        Self(billionths)
    }

    /// What so many cost, in billionths of a thousandth.
    pub(super) fn of(self, count: u64) -> u128 {
        u128::from(self.0) * u128::from(count)
    }
}

/// AgentCore's published prices of its Memory (aws.amazon.com/bedrock/agentcore/pricing, 2026), those of built-in
/// strategies.
impl Default for Prices {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            events: Rate(250_000_000),
            retrievals: Rate(500_000_000),
            records: Rate(750_000_000),
        }
    }
}

/// Millionths as a decimal number.
pub(super) fn decimal(millionths: u128) -> String {
    const MILLION: u128 = 1_000_000;
    format!("{}.{:06}", millionths / MILLION, millionths % MILLION)
}
