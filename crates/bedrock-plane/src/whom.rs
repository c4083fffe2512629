//! On whose behalf a call is made.

use std::collections::BTreeMap;

use inference::Attribution;
use restjson::Call;

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";
const USER: &str = "x-amzn-bedrock-agentcore-runtime-user-id";

/// Whom a call is accounted to: the session that calls, where it is known by its channel; else whom its metadata
/// names, else whom the runtime's headers name.
pub(crate) fn attribution(call: &Call, metadata: Option<&BTreeMap<String, String>>) -> Attribution {
    let said = |key: &str| metadata.and_then(|metadata| metadata.get(key)).cloned();
    let header = |name: &str| Some(call.headers.get(name)?.to_str().ok()?.to_owned());
    if let Some(session) = &call.caller().session {
        return Attribution {
            account: call.account().to_owned(),
            agent: Some(session.agent.clone()),
            session: Some(session.id.clone()),
            user: session.user.clone().or_else(|| said("user")),
        };
    }
    Attribution {
        account: call.account().to_owned(),
        agent: said("agent"),
        session: said("session").or_else(|| header(SESSION)),
        user: said("user").or_else(|| header(USER)),
    }
}
