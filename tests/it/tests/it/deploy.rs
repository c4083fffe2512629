//! Getting an agent onto a server.

use std::io::{Cursor, Write};

use http::Method;
use serde_json::{Value, json};
use test_kit::TestServer;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::client::{Answer, Client, until};

/// What every archive holds. Simulated sandboxes only look at its name; real ones run it.
const AGENT: &str = include_str!("../../../../examples/stdlib/main.py");

/// An agent runtime that is ready.
pub(crate) struct Deployed {
    pub(crate) id: String,
    pub(crate) arn: String,
}

impl Deployed {
    /// Where it is invoked.
    pub(crate) fn invocations(&self) -> String {
        format!("/runtimes/{}/invocations", encoded(&self.arn))
    }
}

/// A server with this program's agent on it.
pub(crate) async fn server_with(program: &str) -> (TestServer, Client, Deployed) {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let agent = deploy(&client, program).await;
    (server, client, agent)
}

/// Deploys the simulated disk's program of this name.
pub(crate) async fn deploy(client: &Client, program: &str) -> Deployed {
    let created = create(client, program).await.json();
    let id = created["agentRuntimeId"].as_str().unwrap().to_owned();
    let settled = settled(client, &id).await;
    assert_eq!(settled["status"], "READY", "{settled}");
    Deployed { id, arn: created["agentRuntimeArn"].as_str().unwrap().to_owned() }
}

/// Uploads the program's code and asks for a runtime.
pub(crate) async fn create(client: &Client, program: &str) -> Answer {
    upload(client, program).await;
    client.json(Method::PUT, "/runtimes/", &wish(program, program)).send().await
}

/// Puts code whose entry point is this program into the bucket `code`.
pub(crate) async fn upload(client: &Client, program: &str) {
    let bucket = client.s3(Method::PUT, "/code").send().await;
    assert!(bucket.status.is_success() || bucket.status == 409, "{}", bucket.text());
    let archive = archive(&format!("{program}.py"));
    let put = client.s3(Method::PUT, &format!("/code/{program}.zip")).body(archive).send().await;
    assert!(put.status.is_success(), "{}", put.text());
}

/// The members of `CreateAgentRuntime` for a program that is uploaded.
pub(crate) fn wish(name: &str, program: &str) -> Value {
    json!({
        "agentRuntimeName": name,
        "agentRuntimeArtifact": { "codeConfiguration": {
            "code": { "s3": { "bucket": "code", "prefix": format!("{program}.zip") } },
            "runtime": "PYTHON_3_11",
            "entryPoint": [format!("{program}.py")],
        } },
        "roleArn": "arn:aws:iam::000000000000:role/agent",
        "networkConfiguration": { "networkMode": "PUBLIC" },
    })
}

/// The runtime once it is no longer being made.
pub(crate) async fn settled(client: &Client, id: &str) -> Value {
    let mut shown = Value::Null;
    until("the runtime is made", async || {
        shown = client.get(&format!("/runtimes/{id}/")).send().await.json();
        shown["status"] != "CREATING" && shown["status"] != "UPDATING"
    })
    .await;
    shown
}

/// As one segment of a path.
pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn archive(file: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(file, SimpleFileOptions::default()).unwrap();
    archive.write_all(AGENT.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}
