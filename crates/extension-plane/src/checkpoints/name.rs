//! The checkpoint that a path or a body names.

use fault::{Fault, Result};
use ids::CheckpointName;
use restjson::document::Members;
use restjson::rule::ANY;
use restjson::{Call, FromDocument, Reader, Rule, Value};
use runtime::sessions::SessionKey;

use crate::sessions::OfSession;

/// A session, and the name of one of its checkpoints: both labels, or the name in the body.
#[derive(Debug)]
pub(crate) struct OfCheckpoint {
    session: OfSession,
    name: String,
}

impl OfCheckpoint {
    /// Reads the members, the session's id under the name `id`.
    pub(super) fn members(members: &mut Members<'_>, id: &'static str) -> Option<Self> {
        let session = OfSession::labels(members, id);
        let name = members.required("name", &ANY);
        Some(Self { session: session?, name: name? })
    }

    /// The two, parsed.
    pub(super) fn parse(&self, call: &Call) -> Result<(SessionKey, CheckpointName)> {
        let name = CheckpointName::parse(&self.name);
        let name = name.map_err(|error| Fault::field("name", error.to_string()))?;
        Ok((self.session.key(call)?, name))
    }
}

impl FromDocument for OfCheckpoint {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Self::members(&mut reader.members(value)?, "sessionId")
    }
}
