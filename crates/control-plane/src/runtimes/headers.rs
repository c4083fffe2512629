//! Which header fields a runtime may ask to have handed on.

use fault::{Fault, FieldFault, Result};

/// Names, and beginnings of names, that are never handed on.
const RESTRICTED: [&str; 24] = [
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-",
    "connection",
    "content-",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "link",
    "origin",
    "proxy-",
    "range",
    "sec-",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amz",
    "x-forwarded-",
];
const CUSTOM: &str = "x-amzn-bedrock-agentcore-runtime-custom-";

/// The allow-list in lower case, or what is wrong with it.
pub(super) fn allowlist(names: Vec<String>) -> Result<Vec<String>> {
    let mut allowed: Vec<String> = Vec::with_capacity(names.len());
    let mut faults = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let name = name.to_ascii_lowercase();
        let message = if allowed.contains(&name) {
            "names a header that the list has already"
        } else if is_restricted(&name) {
            "names a header that is never handed on to an agent"
        } else {
            allowed.push(name);
            continue;
        };
        let path = format!("requestHeaderConfiguration.requestHeaderAllowlist[{index}]");
        faults.push(FieldFault { name: path, message: message.to_owned() });
    }
    if faults.is_empty() { Ok(allowed) } else { Err(Fault::fields(faults)) }
}

fn is_restricted(name: &str) -> bool {
    let matches = |restricted: &&str| {
        name == *restricted || (restricted.ends_with('-') && name.starts_with(*restricted))
    };
    let ours = name.starts_with("x-amz-") || name.starts_with("x-amzn-");
    !name.starts_with(CUSTOM) && (ours || RESTRICTED.iter().any(matches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restricted_names_are_refused_each_with_its_place() {
        let names =
            ["X-Tenant", "Cookie", "x-tenant", "X-Amzn-Bedrock-AgentCore-Runtime-Custom-A", "X-Amz-Date"];
        let fault = allowlist(names.map(str::to_owned).to_vec()).unwrap_err();
        let fault::Kind::Validation { fields, .. } = fault.kind() else { panic!("{fault}") };
        let places: Vec<_> = fields.iter().map(|field| &field.name[field.name.len() - 3..]).collect();
        assert_eq!(places, ["[1]", "[2]", "[4]"]);
    }
}
