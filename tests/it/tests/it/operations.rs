//! All operations over HTTP, driven from their specifications.

use http::Method;
use restjson::OperationSpec;
use restjson::spec::Segment;
use test_kit::TestServer;

use crate::client::Client;
use crate::coverage::IMPLEMENTED;

fn all() -> impl Iterator<Item = &'static OperationSpec> {
    control_api::OPERATIONS.iter().chain(data_api::OPERATIONS).copied()
}

fn path_of(spec: &OperationSpec, label: &str) -> String {
    spec.path.iter().fold(String::new(), |mut path, segment| {
        path.push('/');
        path.push_str(match segment {
            Segment::Literal(text) => text,
            Segment::Label(_) => label,
        });
        path
    })
}

#[tokio::test]
async fn what_is_not_built_answers_501_by_name() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let mut refused = 0;
    for spec in all().filter(|spec| !IMPLEMENTED.contains(&spec.name)) {
        let answer = client.call(spec.method.clone(), &path_of(spec, "absent")).body("{}").send().await;
        let error = answer.error(501, "NotImplementedException");
        assert!(error["message"].as_str().unwrap().contains(spec.name), "{}: {error}", spec.name);
        refused += 1;
    }
    assert_eq!(refused, 250 - IMPLEMENTED.len());
    server.shut_down().await;
}

/// With labels that name nothing and an empty document, every built operation finds something to refuse, and not that
/// it is not built.
#[tokio::test]
async fn what_is_built_does_not_answer_501() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    for spec in all().filter(|spec| IMPLEMENTED.contains(&spec.name)) {
        let answer =
            client.call(spec.method.clone(), &path_of(spec, "absent-abcdefghij")).body("{}").send().await;
        let status = answer.status.as_u16();
        let lists_all = matches!(spec.name, "ListAgentRuntimes" | "ListMemories");
        assert!(matches!(status, 400 | 404) || lists_all, "{} {status}", spec.name);
    }
    server.shut_down().await;
}

#[tokio::test]
async fn what_is_no_operation_is_told_apart() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    for path in ["/", "/no/such/path", "/runtimes", "/runtimes/a/b/c/d/e", "/runtimes/%2F"] {
        client.get(path).send().await.error(404, "UnknownOperationException");
    }
    let wrong_method = client.call(Method::PATCH, "/memories/create").send().await;
    wrong_method.error(405, "UnknownOperationException");
    assert_eq!(wrong_method.header("allow"), "POST");
    server.shut_down().await;
}
