//! `PUT memories/{memoryId}/documents/{documentName}`

use ::documents::{Format, Limits, ReadError};
use fault::{Fault, Result};
use http::header::CONTENT_TYPE;
use ids::Namespace;
use memory::knowledge::{DocumentName, NewDocument};
use memory::model::{RecordMetadata, RecordValue};
use memory::outside::refused;
use restjson::rule::ANY;
use restjson::spec::{Binding, Location, Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use stdx::ByteStream;

use super::shape::Shown;
use super::wanted::OfDocument;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path, query};

/// Adds a document to a memory, or puts it in place of the one of this name: the body is the document, its content type
/// or else the end of its name says what it is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PutDocument;

impl Operation for PutDocument {
    type Input = Wanted;
    type Output = Answer<Shown>;
    const SPEC: &'static OperationSpec = &operation(
        "PutDocument",
        Method::PUT,
        own_path![literal("memories"), label("memoryId"), literal("documents"), label("documentName")],
        &[
            query("namespace", Scalar::Text),
            Binding {
                member: "metadata",
                location: Location::Query("metadata"),
                scalar: Scalar::Text,
                many: true,
            },
        ],
        Payload::Blob("content"),
    );
}

/// A document on its way.
#[derive(Debug)]
pub(crate) struct Wanted {
    document: OfDocument,
    namespace: Option<String>,
    metadata: Option<Vec<String>>,
    content: ByteStream,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let document = OfDocument::labels(&mut members);
        let namespace = members.optional("namespace", &ANY);
        let metadata = members.optional("metadata", &ANY);
        let content = members.stream();
        Some(Self { document: document?, namespace, metadata, content })
    }
}

impl Handle<PutDocument> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Shown>> {
        let Wanted { document, namespace, metadata, content } = input;
        let (account, memory, name) = (account(call)?, document.memory.id()?, document.name()?);
        let format = format(call, &name)?;
        let namespace = namespace
            .map(|text| Namespace::parse(&text).map_err(|error| Fault::field("namespace", error.to_string())))
            .transpose()?;
        let metadata = pairs(metadata.unwrap_or_default())?;
        let most = Limits::default().bytes;
        let content = content.collect(most).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => refused(ReadError::TooLarge { most }),
            _ => Fault::internal(error),
        })?;
        let new = NewDocument { name, format, content, namespace, metadata };
        Ok(Answer(self.memory.put_document(&account, &memory, new).await?.into()))
    }
}

/// What the document is written in: as its content type says, unless that says nothing.
fn format(call: &Call, name: &DocumentName) -> Result<Format> {
    let said = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = match said {
        "" | "application/octet-stream" | "binary/octet-stream" => Format::of_name(name.as_str()),
        said => Format::of_content_type(said),
    };
    format.ok_or_else(|| {
        let known = Format::ALL.map(Format::content_type).join(", ");
        Fault::field("contentType", format!("must be one of {known}"))
    })
}

/// Entries written as `key=value`.
fn pairs(entries: Vec<String>) -> Result<RecordMetadata> {
    let pair = |entry: String| match entry.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), RecordValue::Text(value.to_owned()))),
        None => Err(Fault::field("metadata", "must be written as key=value")),
    };
    entries.into_iter().map(pair).collect()
}
