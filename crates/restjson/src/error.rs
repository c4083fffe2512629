//! The one place where a [`Fault`] becomes an HTTP status, an error name and a body.

use bytes::Bytes;
use fault::{Fault, Kind, ValidationReason};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::message::{Body, Response};
use crate::spec::OperationSpec;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

macro_rules! error_shapes {
    ($($variant:ident = $name:literal $status:literal,)+) => {
        /// The errors of the models, and the two of this protocol that no model lists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorShape {
            $(#[doc = concat!("`", $name, "`, HTTP ", $status)] $variant,)+
        }

        impl ErrorShape {
            /// Every error shape.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that clients know it by.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Its HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

error_shapes! {
    AccessDenied = "AccessDeniedException" 403,
    BedrockConflict = "ConflictException" 400,
    BedrockQuotaExceeded = "ServiceQuotaExceededException" 400,
    ConcurrentModification = "ConcurrentModificationException" 409,
    Conflict = "ConflictException" 409,
    DecryptionFailure = "DecryptionFailure" 400,
    DuplicateId = "DuplicateIdException" 409,
    EncryptionFailure = "EncryptionFailure" 400,
    InternalServer = "InternalServerException" 500,
    InvalidInput = "InvalidInputException" 400,
    ModelError = "ModelErrorException" 424,
    ModelNotReady = "ModelNotReadyException" 429,
    ModelStreamError = "ModelStreamErrorException" 424,
    ModelTimeout = "ModelTimeoutException" 408,
    NotImplemented = "NotImplementedException" 501,
    ResourceLimitExceeded = "ResourceLimitExceededException" 400,
    ResourceNotFound = "ResourceNotFoundException" 404,
    RetryableConflict = "RetryableConflictException" 409,
    RuntimeClientError = "RuntimeClientError" 424,
    Service = "ServiceException" 500,
    ServiceQuotaExceeded = "ServiceQuotaExceededException" 402,
    ServiceUnavailable = "ServiceUnavailableException" 503,
    SubscriptionRequired = "SubscriptionRequiredException" 403,
    Throttled = "ThrottledException" 429,
    Throttling = "ThrottlingException" 429,
    Unauthorized = "UnauthorizedException" 401,
    UnknownOperation = "UnknownOperationException" 404,
    Validation = "ValidationException" 400,
}

impl ErrorShape {
    /// The name of the event-stream member that carries it.
    pub fn event_name(self) -> String {
        let mut name = self.name().to_owned();
        name[..1].make_ascii_lowercase();
        name
    }

    /// The shape in which an operation that lists the errors `listed` tells of a fault of this kind.
    ///
    /// Each kind has an order of preference, its own shape first and then the nearest that says no more than is true.
    /// The first that the operation lists is used; where it lists none, or is unknown, the first of all.
    pub fn of(kind: &Kind, listed: &[Self]) -> Self {
        let preferred = preferences(kind);
        *preferred.iter().find(|shape| listed.contains(shape)).unwrap_or(&preferred[0])
    }
}

fn preferences(kind: &Kind) -> &'static [ErrorShape] {
    use ErrorShape as E;
    match kind {
        // A malformed name names nothing: deletions that list no validation error say that it is not there.
        Kind::Validation { .. } => &[E::Validation, E::InvalidInput, E::ResourceNotFound],
        Kind::InvalidInput => &[E::InvalidInput, E::Validation, E::ResourceNotFound],
        Kind::Unauthorized => &[E::Unauthorized, E::AccessDenied],
        Kind::AccessDenied => &[E::AccessDenied, E::Unauthorized, E::ModelStreamError],
        Kind::NotFound => &[E::ResourceNotFound, E::Validation, E::InvalidInput],
        // A validation error can give the conflict as its reason. Reads that list neither never meet one: then it is
        // our mistake.
        Kind::Conflict => &[
            E::Conflict,
            E::BedrockConflict,
            E::Validation,
            E::InvalidInput,
            E::RetryableConflict,
            E::InternalServer,
            E::Service,
        ],
        Kind::DuplicateId => {
            &[E::DuplicateId, E::Validation, E::InvalidInput, E::Conflict, E::InternalServer, E::Service]
        }
        // Clients retry what is throttled, which is what these ask for.
        Kind::RetryableConflict => {
            &[E::RetryableConflict, E::ConcurrentModification, E::Conflict, E::Throttling, E::Throttled]
        }
        Kind::ConcurrentModification => {
            &[E::ConcurrentModification, E::RetryableConflict, E::Conflict, E::Throttling, E::Throttled]
        }
        Kind::QuotaExceeded => &[
            E::ServiceQuotaExceeded,
            E::BedrockQuotaExceeded,
            E::ResourceLimitExceeded,
            E::Throttling,
            E::Throttled,
        ],
        Kind::Throttled => &[E::Throttling, E::Throttled],
        Kind::RuntimeClient => &[E::RuntimeClientError, E::InternalServer, E::Service],
        // A stream of events has its own name for what goes wrong with a model once it has begun.
        Kind::ModelTimeout => &[E::ModelTimeout, E::ModelStreamError, E::ServiceUnavailable],
        Kind::ModelFailed => &[E::ModelError, E::ModelStreamError, E::InternalServer],
        Kind::Internal => &[E::InternalServer, E::Service],
        Kind::Unavailable => &[E::ServiceUnavailable, E::InternalServer, E::Service],
        Kind::NotImplemented => &[E::NotImplemented],
    }
}

/// The error's members as a document.
pub(crate) fn document(shape: ErrorShape, fault: &Fault) -> Value {
    let mut body = json!({ "message": fault.message() });
    if let (ErrorShape::Validation, Value::Object(members)) = (shape, &mut body) {
        let (reason, fields) = match fault.kind() {
            Kind::Validation { reason, fields } => (reason_name(*reason), fields.as_slice()),
            Kind::Conflict => (reason_name(ValidationReason::ResourceConflict), [].as_slice()),
            _ => (reason_name(ValidationReason::FieldValidationFailed), [].as_slice()),
        };
        members.insert("reason".to_owned(), reason.into());
        let list = fields.iter().map(|field| json!({ "name": field.name, "message": field.message }));
        members.insert("fieldList".to_owned(), list.collect());
    }
    body
}

const fn reason_name(reason: ValidationReason) -> &'static str {
    match reason {
        ValidationReason::CannotParse => "CannotParse",
        ValidationReason::FieldValidationFailed => "FieldValidationFailed",
        ValidationReason::IdempotentParameterMismatch => "IdempotentParameterMismatchException",
        ValidationReason::EventInOtherSession => "EventInOtherSession",
        ValidationReason::ResourceConflict => "ResourceConflict",
    }
}

impl Response {
    /// The answer to a request that failed: `spec` is its operation, if it got that far.
    pub fn from_fault(spec: Option<&OperationSpec>, fault: Fault, request_id: &str) -> Self {
        let shape = ErrorShape::of(fault.kind(), spec.map_or(&[], |spec| spec.errors));
        let mut response = Self::error(shape, &document(shape, &fault), request_id);
        response.fault = Some(fault);
        response
    }

    pub(crate) fn error(shape: ErrorShape, document: &Value, request_id: &str) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ERROR_TYPE, HeaderValue::from_static(shape.name()));
        put_request_id(&mut headers, request_id);
        Self {
            status: StatusCode::from_u16(shape.status()).expect("the table above holds valid statuses"),
            headers,
            body: Body::Whole(Bytes::from(document.to_string())),
            fault: None,
        }
    }
}

pub(crate) fn put_request_id(headers: &mut HeaderMap, request_id: &str) {
    // An id that is no header value is one that the server did not make; then the answer goes without.
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}
