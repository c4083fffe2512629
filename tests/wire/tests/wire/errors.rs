//! Faults as each operation tells them.

use std::sync::Arc;

use control_api::memories::{CreateMemory, CreateMemoryInput, CreateMemoryOutput};
use data_api::memories::{ListSessions, ListSessionsInput, ListSessionsOutput};
use fault::{Fault, FieldFault, Kind, ValidationReason};
use http::Method;
use restjson::{Body, Call, ErrorShape, Handle, Registry, Response};
use serde_json::json;

use crate::client::{send, services};

fn kinds() -> Vec<Kind> {
    vec![
        Kind::Validation { reason: ValidationReason::CannotParse, fields: Vec::new() },
        Kind::InvalidInput,
        Kind::Unauthorized,
        Kind::AccessDenied,
        Kind::NotFound,
        Kind::Conflict,
        Kind::RetryableConflict,
        Kind::ConcurrentModification,
        Kind::DuplicateId,
        Kind::QuotaExceeded,
        Kind::Throttled,
        Kind::RuntimeClient,
        Kind::Internal,
        Kind::Unavailable,
    ]
}

#[test]
fn every_fault_has_a_listed_error_in_every_operation() {
    for spec in services().into_iter().flatten() {
        for kind in kinds() {
            let shape = ErrorShape::of(&kind, spec.errors);
            assert!(spec.errors.contains(&shape), "{}: {kind:?} became {shape:?}", spec.name);
        }
    }
}

struct Failing(fn() -> Fault);

impl Handle<CreateMemory> for Failing {
    async fn handle(&self, _: &Call, _: CreateMemoryInput) -> fault::Result<CreateMemoryOutput> {
        Err(self.0())
    }
}

impl Handle<ListSessions> for Failing {
    async fn handle(&self, _: &Call, _: ListSessionsInput) -> fault::Result<ListSessionsOutput> {
        Err(self.0())
    }
}

/// What a Memory operation of the control plane answers, and what one of the data plane does.
async fn check(fault: fn() -> Fault, control: (u16, &str), data: (u16, &str)) {
    let plane = Arc::new(Failing(fault));
    let registry =
        Registry::new(&services()).on::<CreateMemory>(Arc::clone(&plane)).on::<ListSessions>(plane);
    let create = json!({ "name": "notes", "eventExpiryDuration": 30 }).to_string();
    let answer = send(&registry, Method::POST, "/memories/create", &[], &create).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-amzn-errortype")), control);
    assert_eq!(answer.json()["message"], fault().message());
    let answer =
        send(&registry, Method::POST, "/memories/notes-abcdefghij/actor/a/sessions", &[], "{}").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-amzn-errortype")), data, "{:?}", answer.body);
}

#[tokio::test]
async fn memory_has_its_own_names() {
    check(|| Fault::internal("x"), (500, "ServiceException"), (500, "ServiceException")).await;
    check(|| Fault::new(Kind::Throttled, "slower"), (429, "ThrottledException"), (429, "ThrottledException"))
        .await;
    check(
        || Fault::new(Kind::QuotaExceeded, "enough"),
        (402, "ServiceQuotaExceededException"),
        (402, "ServiceQuotaExceededException"),
    )
    .await;
    check(
        || Fault::new(Kind::InvalidInput, "no"),
        (400, "ValidationException"),
        (400, "InvalidInputException"),
    )
    .await;
    check(
        || Fault::not_found("gone"),
        (404, "ResourceNotFoundException"),
        (404, "ResourceNotFoundException"),
    )
    .await;
}

#[tokio::test]
async fn validation_names_reason_and_fields() {
    let fault = Fault::fields(vec![
        FieldFault { name: "a.b[0]".to_owned(), message: "is required".to_owned() },
        FieldFault { name: "c".to_owned(), message: "must be a list".to_owned() },
    ]);
    let response = Response::from_fault(None, fault, "request-1");
    assert_eq!(response.status, 400);
    let Body::Whole(body) = response.body else { panic!("errors are whole") };
    let expected = json!({
        "message": "a.b[0]: is required; c: must be a list",
        "reason": "FieldValidationFailed",
        "fieldList": [
            { "name": "a.b[0]", "message": "is required" },
            { "name": "c", "message": "must be a list" },
        ],
    });
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap(), expected);
}

#[test]
fn what_only_the_log_may_hold_stays_out_of_the_answer() {
    let response = Response::from_fault(None, Fault::internal("/secret/path"), "request-1");
    let Body::Whole(body) = &response.body else { panic!("errors are whole") };
    assert!(!String::from_utf8_lossy(body).contains("secret"));
    let fault = response.fault.expect("kept for the log");
    assert!(std::error::Error::source(&fault).is_some_and(|cause| cause.to_string().contains("secret")));
}
