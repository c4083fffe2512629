//! Which memory, and which session in it, a request means.

use fault::{Fault, Result};
use ids::{AccountId, ActorId, IdError, MemoryId, MemorySessionId};
use memory::events::SessionKey;
use restjson::Call;
use store::idempotency::ClientToken;

use crate::DataPlane;

impl DataPlane {
    /// The account that calls, and the memory that it names by id or by ARN. Another account's, or another region's, is
    /// none that is known here.
    pub(super) fn memory(&self, call: &Call, named: &str) -> Result<(AccountId, MemoryId)> {
        let account = AccountId::parse(call.account()).map_err(Fault::internal)?;
        let unknown = || Fault::not_found(format!("There is no memory {named}."));
        let (memory, arn) = MemoryId::parse_id_or_arn(named).map_err(|_| unknown())?;
        if arn.is_some_and(|arn| arn.account != account || arn.region != self.region) {
            return Err(unknown());
        }
        Ok((account, memory))
    }

    /// The session that a request names.
    pub(super) fn memory_session(
        &self,
        call: &Call,
        memory: &str,
        actor: &str,
        session: &str,
    ) -> Result<SessionKey> {
        let (account, memory) = self.memory(call, memory)?;
        let actor = ActorId::parse(actor).map_err(bad("actorId"))?;
        let session = MemorySessionId::parse(session).map_err(bad("sessionId"))?;
        Ok(SessionKey { account, memory, actor, session })
    }
}

/// The call's client token, tied to what the call asks for.
pub(super) fn client_token(call: &Call, token: Option<String>) -> Option<ClientToken> {
    token.map(|token| ClientToken {
        account: call.account().to_owned(),
        operation: call.spec.name,
        token,
        fingerprint: call.fingerprint.to_string(),
    })
}

/// A member that is no such id or name.
pub(super) fn bad(member: &'static str) -> impl FnOnce(IdError) -> Fault {
    move |error| Fault::field(member, error.to_string())
}
