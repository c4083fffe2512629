//! `ListTagsForResource`

use control_api::tags::{ListTagsForResource, ListTagsForResourceRequest, ListTagsForResourceResponse};
use fault::Result;
use restjson::{Call, Handle};

use super::is_of_memory;
use crate::ControlPlane;
use crate::token::account;

impl Handle<ListTagsForResource> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse> {
        let (account, arn) = (account(call)?, &input.resource_arn);
        let tags = match is_of_memory(arn) {
            true => self.memory.tags(&account, arn).await?,
            false => self.runtime.tags(&account, arn).await?,
        };
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
