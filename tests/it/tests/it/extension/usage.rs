//! The bill: what known calls cost, by agent, session and user.

use http::Method;
use serde_json::{Value, json};

use super::support::{FIRST, OTHER, count, post};
use crate::client::{Client, until};
use crate::deploy::{Deployed, deploy, server_with};

const USAGE: &str = "/_freehold/v1/usage";
const LEAST_MEMORY: u64 = 128 * 1024;

async fn bill(client: &Client, by: &str) -> Value {
    client.get(&format!("{USAGE}?by={by}")).send().await.json()
}

fn lines(bill: &Value) -> &[Value] {
    bill["lines"].as_array().unwrap()
}

fn whole(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or_else(|| panic!("{member} of {of}"))
}

/// A decimal with six places, in millionths.
fn millionths(of: &Value, member: &str) -> u64 {
    of[member].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn assert_adds_up(bill: &Value) {
    let total = &bill["total"];
    for member in ["sessions", "seconds", "cpuMilliseconds", "memoryKibSeconds"] {
        let sum: u64 = lines(bill).iter().map(|line| whole(line, member)).sum();
        assert_eq!(sum, whole(total, member), "{member} of {bill:#}");
    }
    for member in ["vcpuHours", "gbHours", "cost"] {
        let sum: u64 = lines(bill).iter().map(|line| millionths(line, member)).sum();
        assert_eq!(sum, millionths(total, member), "{member} of {bill:#}");
    }
}

async fn ask_as(client: &Client, agent: &Deployed, session: &str, user: &str) {
    let call = client.json(Method::POST, &agent.invocations(), &json!({}));
    let call = call.header("x-amzn-bedrock-agentcore-runtime-session-id", session);
    call.header("x-amzn-bedrock-agentcore-runtime-user-id", user).send().await.json();
}

#[tokio::test]
async fn a_bill_adds_up_and_outlives_the_server() {
    let (server, client, agent) = server_with("agent").await;
    let other = deploy(&client, "sse").await;
    count(&client, &agent, FIRST).await;
    count(&client, &agent, FIRST).await;
    ask_as(&client, &agent, OTHER, "anna").await;
    super::support::ask(&client, &other, FIRST).await;
    let server = server.restart().await.unwrap();
    let client = Client::of(&server);

    let agents = bill(&client, "agent").await;
    assert_eq!((lines(&agents).len(), &agents["currency"]), (2, &"USD".into()));
    let sessions = bill(&client, "session").await;
    assert_eq!(lines(&sessions).len(), 3);
    let users = bill(&client, "user").await;
    assert_eq!(
        lines(&users).iter().map(|line| &line["userId"]).collect::<Vec<_>>(),
        [&Value::Null, &"anna".into()]
    );
    for bill in [&agents, &sessions, &users] {
        assert_adds_up(bill);
        assert_eq!(bill["total"], agents["total"]);
    }
    for line in lines(&sessions) {
        assert!(whole(line, "cpuMilliseconds") > 0, "{line}");
        assert_eq!(whole(line, "memoryKibSeconds"), whole(line, "seconds") * LEAST_MEMORY, "{line}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_suspended_session_costs_nothing_more() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    post(&client, &agent, FIRST, "/suspend").send().await.json();
    count(&client, &agent, OTHER).await;
    let mut asleep = None;
    // The other session's record is written every few seconds: when it has grown, so would this one's have.
    until("the live session's record has grown twice", async || {
        let bill = bill(&client, "session").await;
        let Some([first, other]) = lines(&bill).first_chunk() else { return false };
        assert_eq!(first["sessionId"], FIRST);
        // What is rounded depends on the other lines, by a millionth.
        let used = ["seconds", "cpuMilliseconds", "memoryKibSeconds"].map(|member| whole(first, member));
        assert_eq!(*asleep.get_or_insert(used), used);
        whole(other, "seconds") >= 6
    })
    .await;
    server.shut_down().await;
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_told_so() {
    let (server, client, _) = server_with("agent").await;
    for (query, member) in [
        ("by=moon", "by"),
        ("from=yesterday", "from"),
        ("until=-1", "until"),
        ("from=2026-12-02&until=2026-12-01", "from"),
    ] {
        let refused = client.get(&format!("{USAGE}?{query}")).send().await.error(400, "ValidationException");
        assert_eq!(refused["fieldList"][0]["name"], member, "{refused}");
    }
    let past = client.get(&format!("{USAGE}?from=2020-01-01&until=2020-02-01T00:00:00Z")).send().await.json();
    assert_eq!((lines(&past).len(), &past["total"]["cost"]), (0, &"0.000000".into()));
    server.shut_down().await;
}
