//! `freehold usage`

mod memories;
mod models;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use http::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{ServerArguments, escaped};
use crate::table::Table;

use memories::MemoryUsage;
use models::ModelUsage;

/// Print what sessions, models and memories have used and what that costs, with totals. For sessions and memories, times
/// are widened to full hours.
#[derive(Args)]
pub(crate) struct Usage {
    /// What a line stands for; what memories were used for stands by memory below all three of agents, sessions and users
    #[arg(long, value_enum, default_value_t = By::Agent)]
    by: By,
    /// From this date, or date and time, on [default: the first record]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Up to this date, or date and time [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Agent,
    Session,
    User,
    /// The names that agents use for models; what models took only
    Alias,
    /// Models of providers; what models took only
    Model,
    /// Days in UTC; what models took only
    Day,
    /// Memories; what they were used for only
    Memory,
}

#[derive(Deserialize)]
struct Bill {
    currency: String,
    lines: Vec<Line>,
    total: Amounts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    agent_runtime_id: Option<String>,
    endpoint_name: Option<String>,
    session_id: Option<String>,
    user_id: Option<String>,
    #[serde(flatten)]
    amounts: Amounts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    sessions: u64,
    seconds: u64,
    vcpu_hours: String,
    gb_hours: String,
    cost: String,
}

/// What sessions can be told apart by.
#[derive(Clone, Copy, Debug)]
enum OfSessions {
    Agent,
    Session,
    User,
}

impl By {
    const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Session => "session",
            Self::User => "user",
            Self::Alias => "alias",
            Self::Model => "model",
            Self::Day => "day",
            Self::Memory => "memory",
        }
    }

    /// The same of sessions, where that makes sense.
    const fn of_sessions(self) -> Option<OfSessions> {
        match self {
            Self::Agent => Some(OfSessions::Agent),
            Self::Session => Some(OfSessions::Session),
            Self::User => Some(OfSessions::User),
            Self::Alias | Self::Model | Self::Day | Self::Memory => None,
        }
    }
}

impl OfSessions {
    const fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &["AGENT"],
            Self::Session => &["AGENT", "ENDPOINT", "SESSION"],
            Self::User => &["USER"],
        }
    }

    fn subject(self, line: &Line) -> Vec<String> {
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        match self {
            Self::Agent => vec![known(&line.agent_runtime_id)],
            Self::Session => {
                [&line.agent_runtime_id, &line.endpoint_name, &line.session_id].map(known).to_vec()
            }
            Self::User => vec![known(&line.user_id)],
        }
    }
}

impl Usage {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let by = self.by.word();
        let mut target = match self.by {
            By::Memory => "/_freehold/v1/usage/memories?".to_owned(),
            of if of.of_sessions().is_some() => format!("/_freehold/v1/usage?by={by}"),
            _ => format!("/_freehold/v1/models/usage?by={by}"),
        };
        for (name, value) in [("from", &self.from), ("until", &self.until)] {
            if let Some(value) = value {
                target.push_str(&format!("&{name}={}", escaped(value)));
            }
        }
        let answer = self.server.client()?.call(Method::GET, &target, None)?;
        if self.server.json {
            println!("{answer:#}");
        } else {
            print!("{}", show(self.by, answer).context("the server is of another version")?);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(of: By, mut answer: Value) -> serde_json::Result<String> {
    if matches!(of, By::Memory) {
        return Ok(serde_json::from_value::<MemoryUsage>(answer)?.render());
    }
    let Some(by) = of.of_sessions() else {
        let models: ModelUsage = serde_json::from_value(answer)?;
        return Ok(models.render(of));
    };
    let models: ModelUsage = serde_json::from_value(answer["models"].take())?;
    let memories: MemoryUsage = serde_json::from_value(answer["memories"].take())?;
    let mut text = table(by, &serde_json::from_value(answer)?).render();
    let others =
        [(!models.is_empty()).then(|| models.render(of)), (!memories.is_empty()).then(|| memories.render())];
    for other in others.into_iter().flatten() {
        text.push('\n');
        text.push_str(&other);
    }
    Ok(text)
}

fn table(by: OfSessions, bill: &Bill) -> Table {
    let cost = format!("COST/{}", bill.currency);
    let amounts = ["SESSIONS", "SECONDS", "VCPU-HOURS", "GB-HOURS", &cost];
    let mut table = Table::new(&[by.headings(), &amounts].concat());
    for line in &bill.lines {
        table.push(row(by.subject(line), &line.amounts));
    }
    let mut total = vec![String::new(); by.headings().len()];
    total[0] = "total".to_owned();
    table.push(row(total, &bill.total));
    table
}

fn row(mut cells: Vec<String>, amounts: &Amounts) -> Vec<String> {
    let Amounts { sessions, seconds, vcpu_hours, gb_hours, cost } = amounts;
    cells.extend([sessions.to_string(), seconds.to_string()]);
    cells.extend([vcpu_hours, gb_hours, cost].map(Clone::clone));
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bill_is_a_table_with_a_total() {
        let amounts = |seconds, cost| {
            json!({
                "sessions": 1, "seconds": seconds, "vcpuHours": "0.000100", "gbHours": "0.002000", "cost": cost
            })
        };
        let mut line = amounts(7, "0.000012");
        line["agentRuntimeId"] = "hello-abcdefghij".into();
        let bill = json!({ "currency": "USD", "lines": [line], "total": amounts(7, "0.000012") });
        let bill = serde_json::from_value(bill).unwrap();
        assert_eq!(
            table(OfSessions::Agent, &bill).render(),
            "AGENT             SESSIONS  SECONDS  VCPU-HOURS  GB-HOURS  COST/USD\n\
             hello-abcdefghij  1         7        0.000100    0.002000  0.000012\n\
             total             1         7        0.000100    0.002000  0.000012\n"
        );
    }

    #[test]
    fn what_models_and_memories_took_stands_below_if_there_is_any() {
        let amounts = json!({
            "sessions": 0, "seconds": 0, "vcpuHours": "0.000000", "gbHours": "0.000000", "cost": "0.000000"
        });
        let totals = json!({
            "calls": 0, "failedCalls": 0, "estimatedCalls": 0, "unpricedCalls": 0, "inputTokens": 0,
            "outputTokens": 0, "cacheReadTokens": 0, "cacheWriteTokens": 0, "cost": "0"
        });
        let used = json!({ "events": 4, "retrievals": 2, "recordHours": 0, "cost": "0.002000" });
        let shown = |memories: Value| {
            let models = json!({ "currency": "USD", "lines": [], "total": totals });
            let memories = json!({ "currency": "USD", "lines": memories, "total": used });
            let answer = json!({
                "currency": "USD", "lines": [], "total": amounts, "models": models, "memories": memories
            });
            show(By::Agent, answer).unwrap()
        };
        let mut line = used.clone();
        line["memoryId"] = "birds-0123456789".into();
        let (with, without) = (shown(json!([line])), shown(json!([])));
        assert!(!without.contains("MEMORY"), "{without}");
        let below = with.strip_prefix(&without).unwrap();
        assert!(below.starts_with("\nMEMORY            EVENTS"), "{below}");
        assert!(below.contains("birds-0123456789  4 "), "{below}");
    }
}
