//! From a call to what the services want to know of it.

use fault::{Fault, Result};
use ids::{AccountId, IdError};
use restjson::Call;
use store::idempotency::ClientToken;

/// The account that the call acts in.
pub(crate) fn account(call: &Call) -> Result<AccountId> {
    AccountId::parse(call.account()).map_err(Fault::internal)
}

/// The call's client token, tied to what the call asks for.
pub(crate) fn client_token(call: &Call, token: Option<String>) -> Option<ClientToken> {
    token.map(|token| ClientToken {
        account: call.account().to_owned(),
        operation: call.spec.name,
        token,
        fingerprint: call.fingerprint.to_string(),
    })
}

/// A member that is no such id or name.
pub(crate) fn bad(member: &'static str) -> impl FnOnce(IdError) -> Fault {
    move |error| Fault::field(member, error.to_string())
}
