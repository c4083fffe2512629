//! The board of what is built, read off the same lists that the server answers from.

use restjson::OperationSpec;

/// Every operation of the services, and whether it is implemented.
pub fn coverage() -> impl Iterator<Item = (&'static OperationSpec, bool)> {
    let implemented = |spec: &OperationSpec| {
        let agentcore = control_plane::IMPLEMENTED.iter().chain(data_plane::IMPLEMENTED);
        let mut all = agentcore.chain(bedrock_plane::IMPLEMENTED);
        all.any(|built| (built.service.name(), built.name) == (spec.service.name(), spec.name))
    };
    let agentcore = control_api::OPERATIONS.iter().chain(data_api::OPERATIONS);
    let bedrock = bedrock_api::runtime::OPERATIONS.iter().chain(bedrock_api::catalog::OPERATIONS);
    let all = agentcore.chain(bedrock);
    all.map(move |spec| (*spec, implemented(spec)))
}
