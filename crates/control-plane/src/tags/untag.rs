//! `UntagResource`

use control_api::tags::{UntagResource, UntagResourceRequest, UntagResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use crate::ControlPlane;
use crate::token::account;

impl Handle<UntagResource> for ControlPlane {
    async fn handle(&self, call: &Call, input: UntagResourceRequest) -> Result<UntagResourceResponse> {
        self.runtime.untag(&account(call)?, &input.resource_arn, &input.tag_keys).await?;
        Ok(UntagResourceResponse {})
    }
}
