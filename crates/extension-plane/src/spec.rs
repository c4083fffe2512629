//! How the operations travel, said once.

use restjson::spec::{Binding, Location, Method, Payload, Scalar, Segment, Service};
use restjson::{ErrorShape, OperationSpec};

/// The path of an operation below the prefix: its first two segments, then these.
macro_rules! own_path {
    ($($segment:expr),+ $(,)?) => {
        &[$crate::spec::literal("_freehold"), $crate::spec::literal("v1"), $($segment),+]
    };
}

/// The path of an operation on one session.
macro_rules! session_path {
    ($($segment:expr),* $(,)?) => {
        $crate::spec::own_path![
            $crate::spec::literal("sessions"),
            $crate::spec::label("agentRuntimeId"),
            $crate::spec::label("endpointName"),
            $crate::spec::label("sessionId"),
            $($segment),*
        ]
    };
}
pub(crate) use {own_path, session_path};

/// Whatever an operation on sessions can run into.
const ERRORS: &[ErrorShape] = &[
    ErrorShape::Validation,
    ErrorShape::AccessDenied,
    ErrorShape::ResourceNotFound,
    ErrorShape::Conflict,
    ErrorShape::RetryableConflict,
    ErrorShape::ServiceQuotaExceeded,
    ErrorShape::RuntimeClientError,
    ErrorShape::Throttling,
    ErrorShape::InternalServer,
    ErrorShape::ServiceUnavailable,
];

/// An operation that answers 200 with a JSON object.
pub(crate) const fn operation(
    name: &'static str,
    method: Method,
    path: &'static [Segment],
    input: &'static [Binding],
    request: Payload,
) -> OperationSpec {
    OperationSpec {
        name,
        service: Service::Extension,
        method,
        path,
        success: 200,
        errors: ERRORS,
        token: None,
        input,
        request,
        output: &[],
        response: Payload::Members,
    }
}

/// A segment of a path that has to be this text.
pub(crate) const fn literal(text: &'static str) -> Segment {
    Segment::Literal(text)
}

/// A segment of a path that is a member's value.
pub(crate) const fn label(member: &'static str) -> Segment {
    Segment::Label(member)
}

/// A member that travels in the query under its own name.
pub(crate) const fn query(member: &'static str, scalar: Scalar) -> Binding {
    Binding { member, location: Location::Query(member), scalar, many: false }
}
