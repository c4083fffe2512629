//! Lists of AgentCore's, page by page.

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

use crate::client::Client;

/// The most rows that a page of any of these lists has.
const PAGE: usize = 100;

/// At most so many rows of a list: its path, what is asked for, and the member that holds the rows.
pub(super) fn rows(
    client: &Client,
    target: &str,
    asked: &Value,
    member: &str,
    most: usize,
) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    let mut asked = asked.clone();
    loop {
        asked["maxResults"] = json!(PAGE.min(most - rows.len()).max(1));
        let mut page = client.call(Method::POST, target, Some(&asked))?;
        let Value::Array(more) = page[member].take() else { break };
        rows.extend(more);
        let next = page["nextToken"].take();
        if rows.len() >= most || !next.is_string() {
            break;
        }
        asked["nextToken"] = next;
    }
    rows.truncate(most);
    Ok(rows)
}
