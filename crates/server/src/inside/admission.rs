//! What a session may do: call models and AgentCore's data plane, and nothing that manages the server.

use fault::{Fault, Kind};
use restjson::OperationSpec;
use restjson::spec::Service;

/// Why a session may not call this operation; `None` if it may.
pub(crate) fn refuse_inside(spec: &OperationSpec) -> Option<Fault> {
    match spec.service {
        Service::Control | Service::Extension => Some(Fault::new(
            Kind::AccessDenied,
            format!(
                "An agent may not call {} from inside its sandbox: it may call models and AgentCore's data plane.",
                spec.name
            ),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_may_use_and_not_manage() {
        let is_refused = |operations: &[&'static OperationSpec]| {
            let refused: Vec<_> = operations.iter().map(|spec| refuse_inside(spec).is_some()).collect();
            assert!(refused.iter().all(|one| *one == refused[0]), "a service is refused as a whole");
            refused[0]
        };
        assert!(is_refused(control_api::OPERATIONS));
        assert!(is_refused(extension_plane::IMPLEMENTED));
        assert!(!is_refused(data_api::OPERATIONS));
        assert!(!is_refused(bedrock_api::runtime::OPERATIONS));
    }
}
