//! `CreateMemory`

use control_api::memories::{CreateMemory, CreateMemoryInput, CreateMemoryOutput};
use fault::Result;
use ids::MemoryName;
use memory::memories::NewMemory;
use restjson::{Call, Handle, Sensitive};

use super::{keys, shown, strategy};
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<CreateMemory> for ControlPlane {
    async fn handle(&self, call: &Call, input: CreateMemoryInput) -> Result<CreateMemoryOutput> {
        let strategies = input.memory_strategies.unwrap_or_default();
        let memory = self
            .memory
            .create_memory(NewMemory {
                account: account(call)?,
                name: MemoryName::parse(&input.name).map_err(bad("name"))?,
                description: input.description.map(Sensitive::into_inner),
                event_expiry_days: keys::count(input.event_expiry_duration),
                encryption_key_arn: input.encryption_key_arn,
                execution_role_arn: input.memory_execution_role_arn,
                managed_by: None,
                indexed_keys: keys::indexed(input.indexed_keys),
                namespace_keys: keys::of_namespaces(input.namespace_keys.unwrap_or_default()),
                stream: input.stream_delivery_resources.map(keys::stream).transpose()?.flatten(),
                strategies: strategies.into_iter().map(strategy::new).collect::<Result<_>>()?,
                tags: input.tags.unwrap_or_default(),
                token: client_token(call, input.client_token),
            })
            .await?;
        let arn = self.memory.arn(&memory.account, &memory.id);
        Ok(CreateMemoryOutput { memory: Some(shown::memory(memory, &arn)) })
    }
}
