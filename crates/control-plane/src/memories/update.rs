//! `UpdateMemory`

use control_api::memories::{
    ModifyMemoryStrategies, ModifyMemoryStrategyInput, UpdateMemory, UpdateMemoryInput, UpdateMemoryOutput,
};
use fault::Result;
use ids::{MemoryId, StrategyId};
use memory::memories::{MemoryChanges, StrategyChanges};
use restjson::{Call, Handle, Sensitive};

use super::{keys, schema, shown, steps, strategy};
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<UpdateMemory> for ControlPlane {
    async fn handle(&self, call: &Call, input: UpdateMemoryInput) -> Result<UpdateMemoryOutput> {
        let ModifyMemoryStrategies {
            add_memory_strategies: add,
            modify_memory_strategies: modify,
            delete_memory_strategies: delete,
        } = input.memory_strategies.unwrap_or_default();
        let delete = delete.unwrap_or_default().into_iter().map(|one| strategy_id(&one.memory_strategy_id));
        let memory = self
            .memory
            .update_memory(MemoryChanges {
                account: account(call)?,
                id: MemoryId::parse(&input.memory_id).map_err(bad("memoryId"))?,
                description: input.description.map(Sensitive::into_inner),
                event_expiry_days: input.event_expiry_duration.map(keys::count),
                execution_role_arn: input.memory_execution_role_arn,
                add: add.unwrap_or_default().into_iter().map(strategy::new).collect::<Result<_>>()?,
                modify: modify.unwrap_or_default().into_iter().map(changes).collect::<Result<_>>()?,
                delete: delete.collect::<Result<_>>()?,
                add_indexed_keys: keys::indexed(input.add_indexed_keys),
                namespace_keys: input.namespace_keys.map(keys::of_namespaces),
                stream: input.stream_delivery_resources.map(keys::stream).transpose()?,
                by: None,
                token: client_token(call, input.client_token),
            })
            .await?;
        let arn = self.memory.arn(&memory.account, &memory.id);
        Ok(UpdateMemoryOutput { memory: Some(shown::memory(memory, &arn)) })
    }
}

fn changes(input: ModifyMemoryStrategyInput) -> Result<StrategyChanges> {
    Ok(StrategyChanges {
        id: strategy_id(&input.memory_strategy_id)?,
        description: input.description.map(Sensitive::into_inner),
        namespace: strategy::template(input.namespace_templates, input.namespaces)?,
        schema: input.memory_record_schema.map(schema::read).transpose()?,
        expiry: input.record_expiry_specification.as_ref().map(keys::expiry),
        steps: input.configuration.map(steps::changes).transpose()?.unwrap_or_default(),
    })
}

fn strategy_id(text: &str) -> Result<StrategyId> {
    StrategyId::parse(text).map_err(bad("memoryStrategyId"))
}
