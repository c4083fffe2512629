//! What models took, as answers show it. Sums are whole numbers; money is text, so that no reader rounds it.

use fault::{Fault, Kind, Result};
use models::{By, Models, Summary, Totals, UsageLine, UsageQuery};
use serde::Serialize;

use crate::answer::moment;

/// What models took, as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelUsage {
    from: Option<String>,
    until: String,
    by: &'static str,
    currency: String,
    lines: Vec<Line>,
    total: Shown,
}

#[derive(Debug, Default, Serialize)]
struct Line {
    alias: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    agent: Option<String>,
    session: Option<String>,
    user: Option<String>,
    day: Option<String>,
    #[serde(flatten)]
    totals: Shown,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    calls: u64,
    failed_calls: u64,
    estimated_calls: u64,
    unpriced_calls: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    cost: String,
}

/// The summary that the query asks for.
pub(crate) async fn summary(models: &Models, query: &UsageQuery) -> Result<ModelUsage> {
    let summary = models.usage(query).await.map_err(|fault| match fault.kind() {
        Kind::InvalidInput => Fault::field("from", fault.message()),
        _ => fault,
    })?;
    Ok(ModelUsage::new(query.by, summary))
}

impl ModelUsage {
    fn new(by: By, summary: Summary) -> Self {
        Self {
            from: summary.from.map(moment),
            until: moment(summary.until),
            by: by.as_str(),
            currency: summary.currency,
            lines: summary.lines.into_iter().map(|line| Line::new(by, line)).collect(),
            total: summary.total.into(),
        }
    }
}

impl Line {
    fn new(by: By, line: UsageLine) -> Self {
        let UsageLine { subject: [first, second], totals } = line;
        let own = Self { totals: totals.into(), ..Self::default() };
        match by {
            By::Alias => Self { alias: first, ..own },
            By::Model => Self { provider: first, model: second, ..own },
            By::Agent => Self { agent: first, ..own },
            By::Session => Self { agent: first, session: second, ..own },
            By::User => Self { user: first, ..own },
            By::Day => Self { day: first, ..own },
        }
    }
}

impl From<Totals> for Shown {
    fn from(totals: Totals) -> Self {
        Self {
            calls: totals.calls,
            failed_calls: totals.failed,
            estimated_calls: totals.estimated,
            unpriced_calls: totals.unpriced,
            input_tokens: totals.usage.input_tokens,
            output_tokens: totals.usage.output_tokens,
            cache_read_tokens: totals.usage.cache_read_tokens,
            cache_write_tokens: totals.usage.cache_write_tokens,
            cost: totals.cost.to_string(),
        }
    }
}
