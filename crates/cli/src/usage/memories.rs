//! What memories were used for.

use serde::Deserialize;

use crate::table::Table;

/// What memories were used for, as the server tells it.
#[derive(Deserialize)]
pub(super) struct MemoryUsage {
    currency: String,
    lines: Vec<Line>,
    total: Amounts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    memory_id: String,
    #[serde(flatten)]
    amounts: Amounts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    events: u64,
    retrievals: u64,
    record_hours: u64,
    cost: String,
}

impl MemoryUsage {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A table for people.
    pub(super) fn render(&self) -> String {
        let cost = format!("COST/{}", self.currency);
        let mut table = Table::new(&["MEMORY", "EVENTS", "SEARCHES", "RECORD-HOURS", &cost]);
        for line in &self.lines {
            table.push(line.amounts.row(&line.memory_id));
        }
        table.push(self.total.row("total"));
        table.render()
    }
}

impl Amounts {
    fn row(&self, subject: &str) -> Vec<String> {
        let counts = [self.events, self.retrievals, self.record_hours].map(|count| count.to_string());
        [vec![subject.to_owned()], counts.to_vec(), vec![self.cost.clone()]].concat()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn memories_are_a_table_with_a_total() {
        let amounts = json!({ "events": 4, "retrievals": 2, "recordHours": 0, "cost": "0.002000" });
        let mut line = amounts.clone();
        line["memoryId"] = "birds-0123456789".into();
        let usage = json!({ "currency": "USD", "lines": [line], "total": amounts });
        let usage: MemoryUsage = serde_json::from_value(usage).unwrap();
        assert_eq!(
            usage.render(),
            "MEMORY            EVENTS  SEARCHES  RECORD-HOURS  COST/USD\n\
             birds-0123456789  4       2         0             0.002000\n\
             total             4       2         0             0.002000\n"
        );
    }
}
