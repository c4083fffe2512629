//! A model's failure as the caller is told of it.

use fault::{Fault, Kind, ValidationReason};
use inference::{ErrorKind, ModelError};

/// The fault that stands for a model's failure.
pub(crate) fn fault(error: ModelError) -> Fault {
    let kind = match error.kind() {
        ErrorKind::NotConfigured | ErrorKind::UnknownModel => Kind::NotFound,
        ErrorKind::Invalid | ErrorKind::ContextTooLong => {
            Kind::Validation { reason: ValidationReason::FieldValidationFailed, fields: Vec::new() }
        }
        ErrorKind::AccessDenied => Kind::AccessDenied,
        ErrorKind::BudgetExceeded => Kind::QuotaExceeded,
        ErrorKind::Throttled { .. } => Kind::Throttled,
        ErrorKind::Timeout => Kind::ModelTimeout,
        ErrorKind::Unavailable => Kind::Unavailable,
        ErrorKind::Malformed | ErrorKind::Failed => Kind::ModelFailed,
    };
    let message = error.message().to_owned();
    Fault::new(kind, message).because(error)
}

#[cfg(test)]
mod tests {
    use bedrock_api::runtime::model::{ConverseStream, ConverseStreamOutput, InvokeModel};
    use restjson::{ErrorShape, IntoEvent, Operation};

    use super::*;

    fn shape(kind: ErrorKind, listed: &[ErrorShape]) -> (&'static str, u16) {
        let shape = ErrorShape::of(fault(ModelError::new(kind, "no")).kind(), listed);
        (shape.name(), shape.status())
    }

    #[test]
    fn each_failure_has_bedrocks_name_for_it() {
        let throttled = ErrorKind::Throttled { retry_after: None };
        for (kind, converse, invoke) in [
            (ErrorKind::NotConfigured, ("ResourceNotFoundException", 404), None),
            (ErrorKind::ContextTooLong, ("ValidationException", 400), None),
            (ErrorKind::AccessDenied, ("AccessDeniedException", 403), None),
            (
                ErrorKind::BudgetExceeded,
                ("ThrottlingException", 429),
                Some(("ServiceQuotaExceededException", 400)),
            ),
            (throttled, ("ThrottlingException", 429), None),
            (ErrorKind::Timeout, ("ModelTimeoutException", 408), None),
            (ErrorKind::Unavailable, ("ServiceUnavailableException", 503), None),
            (ErrorKind::Malformed, ("ModelErrorException", 424), None),
        ] {
            assert_eq!(shape(kind.clone(), ConverseStream::SPEC.errors), converse, "{kind:?}");
            assert_eq!(shape(kind.clone(), InvokeModel::SPEC.errors), invoke.unwrap_or(converse), "{kind:?}");
        }
    }

    #[test]
    fn a_stream_that_has_begun_has_names_of_its_own() {
        for (kind, name) in [
            (ErrorKind::Timeout, "ModelStreamErrorException"),
            (ErrorKind::Malformed, "ModelStreamErrorException"),
            (ErrorKind::Unavailable, "ServiceUnavailableException"),
        ] {
            assert_eq!(shape(kind, ConverseStreamOutput::EXCEPTIONS).0, name);
        }
    }
}
