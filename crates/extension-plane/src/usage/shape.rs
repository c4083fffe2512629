//! A bill as answers show it. Sums are whole numbers; what is rounded is text, so that no reader rounds it again.

use metering::By;
use metering::bill::{Amounts, Subject};
use serde::Serialize;

use crate::answer::moment;

/// A bill as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bill {
    from: Option<String>,
    until: String,
    by: &'static str,
    currency: String,
    lines: Vec<Line>,
    total: Shown,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    agent_runtime_id: Option<String>,
    endpoint_name: Option<String>,
    session_id: Option<String>,
    user_id: Option<String>,
    #[serde(flatten)]
    amounts: Shown,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    sessions: u64,
    seconds: u64,
    cpu_milliseconds: u64,
    memory_kib_seconds: u64,
    vcpu_hours: String,
    gb_hours: String,
    cost: String,
}

impl Bill {
    pub(super) fn new(by: By, bill: metering::Bill) -> Self {
        Self {
            from: bill.from.map(moment),
            until: moment(bill.until),
            by: by.as_str(),
            currency: bill.currency,
            lines: bill.lines.into_iter().map(Line::from).collect(),
            total: bill.total.into(),
        }
    }
}

impl From<metering::Line> for Line {
    fn from(line: metering::Line) -> Self {
        let amounts = line.amounts.into();
        match line.subject {
            Subject::Agent(runtime) => {
                Self { agent_runtime_id: Some(runtime.into()), amounts, ..Self::default() }
            }
            Subject::Session(runtime, endpoint, session) => Self {
                agent_runtime_id: Some(runtime.into()),
                endpoint_name: Some(endpoint.into()),
                session_id: Some(session),
                amounts,
                ..Self::default()
            },
            Subject::User(user) => Self { user_id: user, amounts, ..Self::default() },
        }
    }
}

impl From<Amounts> for Shown {
    fn from(amounts: Amounts) -> Self {
        Self {
            sessions: amounts.sessions,
            seconds: amounts.seconds,
            cpu_milliseconds: amounts.cpu_ms,
            memory_kib_seconds: amounts.memory_kib_seconds,
            vcpu_hours: amounts.vcpu_hours.to_string(),
            gb_hours: amounts.gb_hours.to_string(),
            cost: amounts.cost.to_string(),
        }
    }
}
