//! What a memory keeps beside its strategies, between the wire and the service.

use control_api::memories::{
    ContentConfiguration, ContentLevel, ContentType, IndexedKey, KinesisResource, MetadataValueType,
    NamespaceKeyEntry, NamespaceKeyValidation, RecordExpirySpecification, StreamDeliveryResource,
    StreamDeliveryResources,
};
use fault::{Fault, Result};
use memory::memories::RecordExpiry;
use memory::model::{self, KeyType, NamespaceKey, StreamDelivery, StreamLevel};

/// How many. Less than none is out of every range, as none is, and refused with it.
pub(super) fn count(count: i32) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

pub(super) fn expiry(specification: &RecordExpirySpecification) -> RecordExpiry {
    match specification {
        RecordExpirySpecification::RecordExpiryDurationDays(days) => RecordExpiry::Days(count(*days)),
        RecordExpirySpecification::Action(_) => RecordExpiry::Remove,
    }
}

pub(super) fn indexed(keys: Option<Vec<IndexedKey>>) -> Vec<model::IndexedKey> {
    let key = |key: IndexedKey| model::IndexedKey { key: key.key, kind: kind(key.r#type) };
    keys.unwrap_or_default().into_iter().map(key).collect()
}

pub(super) fn shown_indexed(keys: Vec<model::IndexedKey>) -> Vec<IndexedKey> {
    keys.into_iter().map(|key| IndexedKey { key: key.key, r#type: shown_kind(key.kind) }).collect()
}

pub(super) fn kind(kind: MetadataValueType) -> KeyType {
    match kind {
        MetadataValueType::String => KeyType::String,
        MetadataValueType::Stringlist => KeyType::StringList,
        MetadataValueType::Number => KeyType::Number,
    }
}

pub(super) fn shown_kind(kind: KeyType) -> MetadataValueType {
    match kind {
        KeyType::String => MetadataValueType::String,
        KeyType::StringList => MetadataValueType::Stringlist,
        KeyType::Number => MetadataValueType::Number,
    }
}

pub(super) fn of_namespaces(keys: Vec<NamespaceKeyEntry>) -> Vec<NamespaceKey> {
    let key = |entry: NamespaceKeyEntry| {
        let validation = entry.validation.unwrap_or_default();
        NamespaceKey {
            key: entry.key,
            allowed_values: validation.allowed_values.unwrap_or_default(),
            pattern: validation.regex_pattern,
        }
    };
    keys.into_iter().map(key).collect()
}

pub(super) fn shown_of_namespaces(keys: Vec<NamespaceKey>) -> Vec<NamespaceKeyEntry> {
    let entry = |key: NamespaceKey| {
        let allowed_values = (!key.allowed_values.is_empty()).then_some(key.allowed_values);
        let validation = NamespaceKeyValidation { allowed_values, regex_pattern: key.pattern };
        let given = validation != NamespaceKeyValidation::default();
        NamespaceKeyEntry { key: key.key, validation: given.then_some(validation) }
    };
    keys.into_iter().map(entry).collect()
}

/// The stream, or none.
pub(super) fn stream(resources: StreamDeliveryResources) -> Result<Option<StreamDelivery>> {
    let mut resources = resources.resources.into_iter();
    let Some(StreamDeliveryResource::Kinesis(stream)) = resources.next() else { return Ok(None) };
    if resources.next().is_some() {
        return Err(Fault::field("streamDeliveryResources.resources", "must be at most one"));
    }
    let level = match stream.content_configurations.first().and_then(|content| content.level) {
        Some(ContentLevel::FullContent) => StreamLevel::FullContent,
        Some(ContentLevel::MetadataOnly) | None => StreamLevel::MetadataOnly,
    };
    Ok(Some(StreamDelivery { stream_arn: stream.data_stream_arn, level }))
}

pub(super) fn shown_stream(stream: StreamDelivery) -> StreamDeliveryResources {
    let level = match stream.level {
        StreamLevel::MetadataOnly => ContentLevel::MetadataOnly,
        StreamLevel::FullContent => ContentLevel::FullContent,
    };
    let content = ContentConfiguration { r#type: ContentType::MemoryRecords, level: Some(level) };
    let stream =
        KinesisResource { data_stream_arn: stream.stream_arn, content_configurations: vec![content] };
    StreamDeliveryResources { resources: vec![StreamDeliveryResource::Kinesis(stream)] }
}
