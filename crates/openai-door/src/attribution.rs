//! On whose behalf a call is made, as its body says.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Whom the body names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `metadata.agent`
    pub agent: Option<String>,
    /// `metadata.session`
    pub session: Option<String>,
    /// `user`
    pub user: Option<String>,
}

/// The members that name somebody.
#[derive(Debug, Deserialize)]
pub(crate) struct Naming {
    user: Option<String>,
    metadata: Option<Map<String, Value>>,
}

impl From<Naming> for Named {
    fn from(naming: Naming) -> Self {
        let said = |name: &str| Some(naming.metadata.as_ref()?.get(name)?.as_str()?.to_owned());
        Self { agent: said("agent"), session: said("session"), user: naming.user }
    }
}
