//! What models took.

use serde::Deserialize;

use super::By;
use crate::table::Table;

/// What models took, as the server tells it.
#[derive(Deserialize)]
pub(super) struct ModelUsage {
    currency: String,
    lines: Vec<Line>,
    total: Totals,
}

#[derive(Deserialize)]
struct Line {
    alias: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    agent: Option<String>,
    session: Option<String>,
    user: Option<String>,
    day: Option<String>,
    #[serde(flatten)]
    totals: Totals,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
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

impl ModelUsage {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.total.calls == 0
    }

    /// A table for people, with what they have to know of its last column.
    pub(super) fn render(&self, by: By) -> String {
        let cost = format!("COST/{}", self.currency);
        let subject = subject_headings(by);
        let amounts = ["CALLS", "FAILED", "TOKENS READ", "CACHED", "TOKENS WRITTEN", &cost];
        let mut table = Table::new(&[subject, &amounts].concat());
        for line in &self.lines {
            table.push(row(line.subject(by), &line.totals));
        }
        let mut total = vec![String::new(); subject.len()];
        total[0] = "total".to_owned();
        table.push(row(total, &self.total));
        table.render() + &self.total.notes()
    }
}

fn subject_headings(by: By) -> &'static [&'static str] {
    match by {
        By::Agent => &["AGENT"],
        By::Session => &["AGENT", "SESSION"],
        By::User => &["USER"],
        By::Alias => &["MODEL"],
        By::Model => &["PROVIDER", "MODEL"],
        By::Day => &["DAY"],
        By::Memory => &["MEMORY"],
    }
}

impl Line {
    fn subject(&self, by: By) -> Vec<String> {
        let words: &[&Option<String>] = match by {
            By::Agent => &[&self.agent],
            By::Session => &[&self.agent, &self.session],
            By::User => &[&self.user],
            By::Alias => &[&self.alias],
            By::Model => &[&self.provider, &self.model],
            By::Day => &[&self.day],
            By::Memory => &[&None],
        };
        words.iter().map(|word| word.as_deref().unwrap_or("-").to_owned()).collect()
    }
}

impl Totals {
    fn notes(&self) -> String {
        let mut notes = String::new();
        for (calls, what) in [
            (self.estimated_calls, "the tokens are estimated: nobody counted them"),
            (self.unpriced_calls, "no price is known; add [prices] to the models file"),
        ] {
            if calls > 0 {
                notes.push_str(&format!("of {calls} calls {what}\n"));
            }
        }
        notes
    }
}

fn row(mut cells: Vec<String>, totals: &Totals) -> Vec<String> {
    let read = totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens;
    let numbers = [totals.calls, totals.failed_calls, read, totals.cache_read_tokens, totals.output_tokens];
    cells.extend(numbers.map(|number| number.to_string()));
    cells.push(totals.cost.clone());
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_a_table_with_a_total() {
        let totals = |estimated| {
            json!({
                "calls": 2, "failedCalls": 1, "estimatedCalls": estimated, "unpricedCalls": 0, "inputTokens": 3,
                "outputTokens": 5, "cacheReadTokens": 4, "cacheWriteTokens": 0, "cost": "0.01"
            })
        };
        let mut line = totals(0);
        line["alias"] = "default".into();
        let usage = json!({ "currency": "USD", "lines": [line], "total": totals(1) });
        let usage: ModelUsage = serde_json::from_value(usage).unwrap();
        assert_eq!(
            usage.render(By::Alias),
            "MODEL    CALLS  FAILED  TOKENS READ  CACHED  TOKENS WRITTEN  COST/USD\n\
             default  2      1       7            4       5               0.01\n\
             total    2      1       7            4       5               0.01\n\
             of 1 calls the tokens are estimated: nobody counted them\n"
        );
    }
}
