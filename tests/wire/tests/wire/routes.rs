//! Every operation of both services is found by its own method and path.

use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::prelude::*;
use restjson::spec::Segment;
use restjson::{OperationSpec, Registry};

use crate::client::{send, services};

const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij";

/// The path of a request whose labels all have this value.
fn path_with(spec: &OperationSpec, label: &str) -> String {
    let encoded = utf8_percent_encode(label, NON_ALPHANUMERIC).to_string();
    spec.path.iter().fold(String::new(), |mut path, segment| {
        path.push('/');
        path.push_str(match segment {
            Segment::Literal(text) => text,
            Segment::Label(_) => &encoded,
        });
        path
    })
}

fn all() -> impl Iterator<Item = &'static OperationSpec> {
    services().into_iter().flatten().copied()
}

#[test]
fn there_are_250_operations() {
    assert_eq!(services().map(<[_]>::len), [175, 75]);
}

#[test]
fn every_operation_is_found_with_arns_in_its_labels() {
    let registry = Registry::new(&services());
    for spec in all() {
        let path = path_with(spec, ARN);
        let found = registry.resolve(&spec.method, &path).unwrap_or_else(|_| panic!("{} {path}", spec.name));
        assert_eq!((found.spec.service, found.spec.name), (spec.service, spec.name), "{path}");
        assert!(found.spec.labels(&path).all(|(_, raw)| percent_decode_str(raw).eq(ARN.bytes())), "{path}");
    }
}

#[test]
fn a_slash_more_or_less_is_another_path() {
    let registry = Registry::new(&services());
    for spec in all() {
        let path = path_with(spec, "x");
        let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
        let found = registry.resolve(&spec.method, &other);
        assert!(found.is_err_and(|_| true) || spec.path.len() == 1, "{} also answers on {other}", spec.name);
    }
}

#[tokio::test]
async fn what_is_not_built_says_so_by_name() {
    let registry = Registry::new(&services());
    for spec in all() {
        let answer = send(&registry, spec.method.clone(), &path_with(spec, "x"), &[], "not even JSON").await;
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
        assert_eq!(answer.header("x-amzn-errortype"), "NotImplementedException");
        let message = answer.json()["message"].to_string();
        assert!(message.contains(spec.name), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_operation_is_told_apart() {
    let registry = Registry::new(&services());
    let unknown = send(&registry, Method::GET, "/no/such/path", &[], "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.header("x-amzn-errortype"), "UnknownOperationException");
    let wrong_method = send(&registry, Method::PATCH, "/memories/create", &[], "").await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong_method.header("allow"), "POST");
}

#[test]
fn nothing_is_implemented_until_somebody_handles_it() {
    let registry = Registry::new(&services());
    assert_eq!(registry.coverage().count(), 250);
    assert!(registry.coverage().all(|coverage| !coverage.implemented));
}

proptest! {
    #[test]
    fn labels_of_any_text_come_through(position in 0_usize..250, label in "\\PC{1,60}") {
        let registry = Registry::new(&services());
        let spec = all().nth(position).unwrap();
        let path = path_with(spec, &label);
        let found = registry.resolve(&spec.method, &path).unwrap().spec;
        // A text may be one of the literals that go before labels; then the other operation is the right one.
        if found.name == spec.name {
            for (_, raw) in found.labels(&path) {
                let decoded = percent_decode_str(raw).decode_utf8().unwrap();
                prop_assert_eq!(&decoded, &label);
            }
        }
    }
}
