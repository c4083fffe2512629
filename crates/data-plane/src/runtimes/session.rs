//! Which session a request means.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName, RuntimeArn, RuntimeSessionId};
use restjson::Call;
use runtime::sessions::SessionKey;

use crate::DataPlane;

impl DataPlane {
    /// The session of `id` at the runtime and endpoint that the request names: by ARN, or by id with the account
    /// beside it; the endpoint in the ARN, in the qualifier, or `DEFAULT`.
    pub(super) fn session(
        &self,
        call: &Call,
        runtime: &str,
        account: Option<&str>,
        qualifier: Option<&str>,
        id: RuntimeSessionId,
    ) -> Result<SessionKey> {
        let caller = AccountId::parse(call.account()).map_err(Fault::internal)?;
        let unknown = || Fault::not_found(format!("There is no agent runtime {runtime}."));
        let (runtime, in_arn) = if runtime.starts_with("arn:") {
            let arn = RuntimeArn::parse(runtime).map_err(|_| unknown())?;
            if arn.account != caller || arn.region != self.region {
                return Err(unknown());
            }
            (arn.runtime, arn.endpoint)
        } else {
            if account.is_some_and(|account| account != caller.as_str()) {
                return Err(unknown());
            }
            (AgentRuntimeId::parse(runtime).map_err(|_| unknown())?, None)
        };
        let qualifier = qualifier.map(|qualifier| {
            EndpointName::parse(qualifier).map_err(|_| {
                Fault::not_found(format!("The agent runtime {runtime} has no endpoint {qualifier}."))
            })
        });
        let endpoint = match (qualifier.transpose()?, in_arn) {
            (Some(qualifier), Some(in_arn)) if qualifier != in_arn => {
                return Err(Fault::field("qualifier", "names another endpoint than the ARN does"));
            }
            (Some(endpoint), _) | (None, Some(endpoint)) => endpoint,
            (None, None) => EndpointName::default_endpoint(),
        };
        Ok(SessionKey { account: caller, runtime, endpoint, id })
    }
}
