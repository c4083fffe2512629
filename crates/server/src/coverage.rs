//! The board of what is built, read off the same lists that the server answers from.

use restjson::OperationSpec;

/// Every operation of both services, and whether it is implemented.
pub fn coverage() -> impl Iterator<Item = (&'static OperationSpec, bool)> {
    let implemented = |spec: &OperationSpec| {
        let mut all = control_plane::IMPLEMENTED.iter().chain(data_plane::IMPLEMENTED);
        all.any(|built| (built.service.name(), built.name) == (spec.service.name(), spec.name))
    };
    let all = control_api::OPERATIONS.iter().chain(data_api::OPERATIONS);
    all.map(move |spec| (*spec, implemented(spec)))
}
