//! `GET memories/{memoryId}/records/{memoryRecordId}`

use fault::{Fault, Result};
use ids::MemoryRecordId;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};

use super::OfMemory;
use super::shape::ShownRecord;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// One record and where it comes from: the events, the job and the model that it was made from and by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetMemoryRecordOrigin;

impl Operation for GetMemoryRecordOrigin {
    type Input = Wanted;
    type Output = Answer<ShownRecord>;
    const SPEC: &'static OperationSpec = &operation(
        "GetMemoryRecordOrigin",
        Method::GET,
        own_path![literal("memories"), label("memoryId"), literal("records"), label("memoryRecordId")],
        &[],
        Payload::None,
    );
}

/// Which record.
#[derive(Debug)]
pub(crate) struct Wanted {
    memory: OfMemory,
    record: String,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let memory = OfMemory::label(&mut members);
        let record = members.required("memoryRecordId", &ANY);
        Some(Self { memory: memory?, record: record? })
    }
}

impl Handle<GetMemoryRecordOrigin> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<ShownRecord>> {
        let Wanted { memory, record } = input;
        let unknown = |_| Fault::not_found(format!("There is no memory record {record}."));
        let id = MemoryRecordId::parse(&record).map_err(unknown)?;
        Ok(Answer(self.memory.get_record(&account(call)?, &memory.id()?, &id, None).await?.into()))
    }
}
