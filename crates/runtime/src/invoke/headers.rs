//! Which header fields reach an agent.

use ids::RuntimeSessionId;
use stdx::Rng;

use crate::model::AgentSpec;
use crate::sessions::SessionKey;

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";
const REQUEST: &str = "x-amzn-bedrock-agentcore-runtime-request-id";
const USER: &str = "x-amzn-bedrock-agentcore-runtime-user-id";
const CUSTOM: &str = "x-amzn-bedrock-agentcore-runtime-custom-";
const TRACE_PARENT: &str = "traceparent";

/// Handed on whenever they come.
const ALWAYS: [&str; 11] = [
    "content-type",
    "accept",
    "mcp-session-id",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "x-amzn-trace-id",
    TRACE_PARENT,
    "tracestate",
    "baggage",
    "user-agent",
];

/// The fields for the agent: the platform's own, the ones that always pass, custom ones and allow-listed ones. Beside
/// them the head of the trace, which is begun here if the caller has begun none.
pub(super) fn inbound(
    came: &[(String, Vec<u8>)],
    spec: &AgentSpec,
    session: &SessionKey,
    request_id: &str,
    user_id: Option<&str>,
    rng: &dyn Rng,
) -> (Vec<(String, Vec<u8>)>, String) {
    let mut fields: Vec<(String, Vec<u8>)> = came
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| passes(name, &spec.header_allowlist))
        .collect();
    fields.push((SESSION.to_owned(), bytes_of(&session.id)));
    fields.push((REQUEST.to_owned(), request_id.as_bytes().to_vec()));
    fields.extend(user_id.map(|user| (USER.to_owned(), user.as_bytes().to_vec())));
    let begun = fields.iter().find(|(name, _)| name == TRACE_PARENT);
    let trace = begun.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_else(|| {
        let trace = new_trace(rng);
        fields.push((TRACE_PARENT.to_owned(), trace.clone().into_bytes()));
        trace
    });
    (fields, trace)
}

fn passes(name: &str, allowlist: &[String]) -> bool {
    if name.starts_with("x-amz-") || name.starts_with("x-amzn-") {
        return name.starts_with(CUSTOM) || name == "x-amzn-trace-id";
    }
    ALWAYS.contains(&name) || (name != "authorization" && allowlist.iter().any(|allowed| allowed == name))
}

fn bytes_of(session: &RuntimeSessionId) -> Vec<u8> {
    session.as_str().as_bytes().to_vec()
}

/// The head of a new trace, in the W3C's form, sampled.
fn new_trace(rng: &dyn Rng) -> String {
    let mut bytes = [0_u8; 24];
    rng.fill(&mut bytes);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("00-{}-{}-01", hex(&bytes[..16]), hex(&bytes[16..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes() {
        let allowlist = ["x-tenant".to_owned(), "authorization".to_owned()];
        for name in ["content-type", "x-tenant", "x-amzn-bedrock-agentcore-runtime-custom-a", "traceparent"] {
            assert!(passes(name, &allowlist), "{name}");
        }
        for name in
            ["authorization", "cookie", "x-amz-date", "x-amzn-bedrock-agentcore-runtime-session-id", "host"]
        {
            assert!(!passes(name, &allowlist), "{name}");
        }
    }

    #[test]
    fn a_new_trace_has_the_form() {
        let trace = new_trace(&stdx::SeededRng::new(3));
        let parts: Vec<usize> = trace.split('-').map(str::len).collect();
        assert_eq!(parts, [2, 32, 16, 2]);
    }
}
