//! `TagResource`

use control_api::tags::{TagResource, TagResourceRequest, TagResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use crate::ControlPlane;
use crate::token::account;

impl Handle<TagResource> for ControlPlane {
    async fn handle(&self, call: &Call, input: TagResourceRequest) -> Result<TagResourceResponse> {
        self.runtime.tag(&account(call)?, &input.resource_arn, &input.tags).await?;
        Ok(TagResourceResponse {})
    }
}
