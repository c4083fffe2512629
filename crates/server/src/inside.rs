//! What agents call from inside their sandboxes.
//!
//! A sandbox has no network, but one port of its loopback device leads here. The channel says which session calls, so
//! no secret is needed inside: the key that clients there sign with is the same in every sandbox and means nothing
//! anywhere else. The doors are those of the network, with the session as the caller.

mod admission;
mod lives;
mod platform;

use ids::Region;
use inference::Attribution;
use restjson::CallingSession;
use sandbox::PLATFORM_PORT;

pub(crate) use admission::refuse_inside;
pub(crate) use lives::{Lives, Stay};
pub(crate) use platform::Inside;

/// What clients inside sign with. Neither is a secret.
const ACCESS_KEY_ID: &str = "AKIAINSIDEOFASANDBOX";
const SECRET_ACCESS_KEY: &str = "the-channel-says-who-calls";

/// A session, as one that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) account: String,
    /// The agent runtime's ARN.
    pub(crate) agent: String,
    pub(crate) session: String,
    pub(crate) user: Option<String>,
}

impl Session {
    /// The session as the doors' operations see it.
    pub(crate) fn calling(&self) -> CallingSession {
        CallingSession { agent: self.agent.clone(), id: self.session.clone(), user: self.user.clone() }
    }

    /// On whose behalf it calls a model: what it says itself counts only for the user, if nobody else said who that is.
    pub(crate) fn attribute(&self, claimed: Attribution) -> Attribution {
        Attribution {
            account: self.account.clone(),
            agent: Some(self.agent.clone()),
            session: Some(self.session.clone()),
            user: self.user.clone().or(claimed.user),
        }
    }
}

/// What points clients inside at the platform.
pub(crate) fn environment(region: &Region) -> Vec<(String, String)> {
    let url = format!("http://127.0.0.1:{PLATFORM_PORT}");
    let endpoint = |service: &str| (format!("AWS_ENDPOINT_URL_{service}"), url.clone());
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        endpoint("BEDROCK"),
        endpoint("BEDROCK_RUNTIME"),
        endpoint("BEDROCK_AGENTCORE"),
        endpoint("STS"),
        set("AWS_REGION", region.as_str()),
        set("AWS_DEFAULT_REGION", region.as_str()),
        set("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        set("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        set("OPENAI_BASE_URL", &format!("{url}/v1")),
        set("OPENAI_API_KEY", SECRET_ACCESS_KEY),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_cannot_call_in_another_ones_name() {
        let session = Session {
            account: "000000000000".to_owned(),
            agent: "arn:agent".to_owned(),
            session: "own".to_owned(),
            user: None,
        };
        let claimed = Attribution {
            account: "111111111111".to_owned(),
            agent: Some("other".to_owned()),
            session: Some("other".to_owned()),
            user: Some("ada".to_owned()),
        };
        let whom = session.attribute(claimed.clone());
        assert_eq!((whom.account.as_str(), whom.agent.as_deref()), ("000000000000", Some("arn:agent")));
        assert_eq!((whom.session.as_deref(), whom.user.as_deref()), (Some("own"), Some("ada")));
        let known = Session { user: Some("grace".to_owned()), ..session };
        assert_eq!(known.attribute(claimed).user.as_deref(), Some("grace"));
    }
}
