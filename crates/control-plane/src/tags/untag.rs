//! `UntagResource`

use control_api::tags::{UntagResource, UntagResourceRequest, UntagResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use super::is_of_memory;
use crate::ControlPlane;
use crate::token::account;

impl Handle<UntagResource> for ControlPlane {
    async fn handle(&self, call: &Call, input: UntagResourceRequest) -> Result<UntagResourceResponse> {
        let (account, arn) = (account(call)?, &input.resource_arn);
        match is_of_memory(arn) {
            true => self.memory.untag(&account, arn, &input.tag_keys).await?,
            false => self.runtime.untag(&account, arn, &input.tag_keys).await?,
        }
        Ok(UntagResourceResponse {})
    }
}
