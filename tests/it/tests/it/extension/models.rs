//! Models: what the file says, what comes of asking, and what that took.

use std::path::Path;

use http::Method;
use serde_json::{Value, json};
use test_kit::TestServer;

use crate::client::{Client, until};

const SCRIPT: &str = r#"
[[reply]]
model = "talks"
say = ["I ", "am."]
usage = { input = 1000, output = 10 }

[[reply]]
model = "fails"
fail = "unavailable"
message = "gone fishing"
"#;

const MODELS: &str = r#"
[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases.default]
targets = [{ provider = "scripted", model = "fails" }]
fallback = [[{ provider = "scripted", model = "talks" }]]

[aliases.broken]
targets = [{ provider = "scripted", model = "fails" }]
"#;

fn write(server: &TestServer, models: &str) {
    write_at(server.data(), "script.toml", SCRIPT);
    write_at(server.data(), "models.toml", models);
}

fn write_at(data: &Path, name: &str, text: &str) {
    // In one step, as editors do it.
    let path = data.join(name);
    std::fs::write(path.with_extension("new"), text).unwrap();
    std::fs::rename(path.with_extension("new"), path).unwrap();
}

async fn list(client: &Client) -> Value {
    client.get("/_freehold/v1/models").send().await.json()
}

async fn test(client: &Client, name: &str) -> Value {
    client.json(Method::POST, "/_freehold/v1/models/test", &json!({ "name": name })).send().await.json()
}

/// What models took, once so many calls are written down.
async fn usage(client: &Client, target: &str, calls: u64) -> Value {
    let path = format!("/_freehold/v1/{target}");
    let read = async || -> Value { client.get(&path).send().await.json() };
    let of_models = |answer: &Value| match answer.get("models") {
        Some(models) => models.clone(),
        None => answer.clone(),
    };
    until(&format!("{calls} calls are written down"), async || {
        of_models(&read().await)["total"]["calls"] == calls
    })
    .await;
    of_models(&read().await)
}

#[tokio::test]
async fn a_name_is_listed_tried_and_accounted_for() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    assert_eq!(list(&client).await["aliases"], json!([]));
    let missing = client.json(Method::POST, "/_freehold/v1/models/test", &json!({ "name": "default" }));
    let missing = missing.send().await;
    assert!(missing.text().contains("[aliases.default]"), "{missing:?}");
    missing.error(404, "ResourceNotFoundException");

    write(&server, MODELS);
    let listed = list(&client).await;
    assert_eq!(listed["aliases"][1]["name"], "default");
    let fallback =
        json!({ "provider": "scripted", "model": "talks", "weight": 1, "health": "OK", "priced": true });
    assert_eq!(listed["aliases"][1]["sets"][1][0], fallback);
    assert_eq!(listed["providers"], json!([{ "name": "scripted", "kind": "scripted" }]));

    let tested = test(&client, "default").await;
    assert_eq!((&tested["answered"], &tested["said"]), (&json!(true), &json!("I am.")));
    assert_eq!(tested["usage"]["inputTokens"], 1000);
    let tested = test(&client, "broken").await;
    assert_eq!(tested["answered"], false);
    assert_eq!(tested["error"], json!({ "kind": "UNAVAILABLE", "message": "gone fishing" }));

    let by_model = usage(&client, "models/usage?by=model", 2).await;
    assert_eq!(by_model["lines"][0]["model"], "fails");
    assert_eq!(by_model["lines"][0]["failedCalls"], 1);
    assert_eq!(
        (&by_model["lines"][1]["model"], &by_model["lines"][1]["outputTokens"]),
        (&json!("talks"), &json!(10))
    );
    assert_eq!(by_model["total"]["cost"], "0.00");
    let page = client.get("/metrics").unsigned().send().await;
    let line = "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"scripted\",\
                gen_ai_request_model=\"default\",gen_ai_response_model=\"talks\",gen_ai_token_type=\"input\"} 1000";
    assert!(page.text().lines().any(|found| found == line), "{}", page.text());

    let server = server.restart().await.unwrap();
    let client = Client::of(&server);
    let by_agent = usage(&client, "usage", 2).await;
    assert_eq!(by_agent["total"]["inputTokens"], 1000);
    client.get("/_freehold/v1/models/usage?by=moon").send().await.error(400, "ValidationException");
    server.shut_down().await;
}

#[tokio::test]
async fn a_file_with_an_error_is_shown_and_what_it_said_before_stays() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    write(&server, MODELS);
    assert_eq!(list(&client).await.get("trouble"), None);
    for (wrong, expected) in [
        ("[aliases.default]\ntargets = 7\n", "line 2"),
        (
            "\n[aliases.x]\ntargets = [{ provider = \"nobody\", model = \"m\" }]\n",
            "line 2, [aliases.x]: no provider",
        ),
        ("[providers.s]\nkind = \"scripted\"\nscript = \"nowhere.toml\"\n", "[providers.\"s\"]: the script"),
        ("[providers.a]\nkind = \"openai\"\nbase-url = \"nonsense\"\n", "[providers.\"a\"]: "),
    ] {
        write(&server, wrong);
        let listed = list(&client).await;
        let trouble = listed["trouble"].as_str().unwrap();
        assert!(trouble.contains(expected), "{expected}\n{trouble}");
        assert_eq!(test(&client, "default").await["said"], "I am.");
    }
    write(&server, "[providers.scripted]\nkind = \"scripted\"\nscript = \"script.toml\"\n");
    let listed = list(&client).await;
    assert_eq!((listed.get("trouble"), &listed["aliases"]), (None, &json!([])));
    server.shut_down().await;
}

#[tokio::test]
async fn a_script_that_changes_is_read_again() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    write(&server, MODELS);
    assert_eq!(test(&client, "default").await["said"], "I am.");
    write_at(server.data(), "script.toml", "[[reply]]\nsay = \"something else\"\n");
    list(&client).await;
    assert_eq!(test(&client, "default").await["said"], "something else");
    server.shut_down().await;
}

#[tokio::test]
async fn budgets_are_listed_and_hold() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let budget = "[budgets.all]\nlimit = 0\nper = \"month\"\n[budgets.other]\nlimit = 1.5\nper = \"day\"\nuser = \"x\"\n";
    write(&server, &format!("currency = \"EUR\"\n{MODELS}{budget}"));
    let listed = list(&client).await;
    let all = &listed["budgets"][0];
    assert_eq!((&all["name"], &all["limit"], &all["spent"]), (&json!("all"), &json!("0.00"), &json!("0.00")));
    assert_eq!(
        (&all["currency"], &all["usedUp"], &all["per"]),
        (&json!("EUR"), &json!(true), &json!("month"))
    );
    assert_eq!(
        (&listed["budgets"][1]["user"], &listed["budgets"][1]["usedUp"]),
        (&json!("x"), &json!(false))
    );
    let tested = test(&client, "default").await;
    assert_eq!(tested["error"]["kind"], "BUDGET_EXCEEDED");
    assert!(tested["error"]["message"].as_str().unwrap().contains("\"all\" is used up"), "{tested}");
    server.shut_down().await;
}
