//! `ListTagsForResource`

use control_api::tags::{ListTagsForResource, ListTagsForResourceRequest, ListTagsForResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use crate::ControlPlane;
use crate::token::account;

impl Handle<ListTagsForResource> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse> {
        let tags = self.runtime.tags(&account(call)?, &input.resource_arn).await?;
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
