//! `TagResource`

use control_api::tags::{TagResource, TagResourceRequest, TagResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use super::is_of_memory;
use crate::ControlPlane;
use crate::token::account;

impl Handle<TagResource> for ControlPlane {
    async fn handle(&self, call: &Call, input: TagResourceRequest) -> Result<TagResourceResponse> {
        let (account, arn) = (account(call)?, &input.resource_arn);
        match is_of_memory(arn) {
            true => self.memory.tag(&account, arn, &input.tags).await?,
            false => self.runtime.tag(&account, arn, &input.tags).await?,
        }
        Ok(TagResourceResponse {})
    }
}
