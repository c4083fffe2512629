//! `GET memories`

use fault::{Kind, Result};
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::shape::Memory;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{literal, operation, own_path};

/// All memories of the account, each with what waits in it and what failed. There are a few hundred at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListMemories;

impl Operation for ListMemories {
    type Input = Everything;
    type Output = Answer<Listed>;
    const SPEC: &'static OperationSpec =
        &operation("ListMemories", Method::GET, own_path![literal("memories")], &[], Payload::None);
}

/// No choice.
#[derive(Debug)]
pub(crate) struct Everything;

impl FromDocument for Everything {
    fn read(_: Value, _: &'static Rule, _: &mut Reader) -> Option<Self> {
        Some(Self)
    }
}

/// The memories.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    memories: Vec<Memory>,
}

impl Handle<ListMemories> for ExtensionPlane {
    async fn handle(&self, call: &Call, _: Everything) -> Result<Answer<Listed>> {
        let account = account(call)?;
        let mut memories = Vec::new();
        for definition in self.memory.list_memories(&account, None, usize::MAX).await? {
            match self.memory.overview(&account, &definition.id).await {
                Ok(overview) => memories.push(Memory::new(&definition, &overview)),
                // It went while the others were looked at.
                Err(fault) if *fault.kind() == Kind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(Answer(Listed { memories }))
    }
}
