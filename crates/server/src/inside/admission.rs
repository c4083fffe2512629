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
