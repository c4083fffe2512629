//! Pictures and documents that lie in buckets.

use bedrock_api::runtime::model as wire;
use bytes::Bytes;
use fault::{Fault, Result};
use stdx::BoxFuture;

/// The longest picture or document, in bytes.
pub const LONGEST: u64 = 32 << 20;

/// Where objects are.
pub trait ObjectSource: Send + Sync + 'static {
    /// The content under a key, if it is there; an error if it is longer than [`LONGEST`].
    fn read<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>>;
}

/// Puts the bytes in the place of each location.
pub(crate) async fn fetch(messages: &mut [wire::Message], objects: &dyn ObjectSource) -> Result<()> {
    for (index, message) in messages.iter_mut().enumerate() {
        for (place, block) in message.content.iter_mut().enumerate() {
            let path = format!("messages[{index}].content[{place}]");
            match block {
                wire::ContentBlock::Image(block) => image(block, &path, objects).await?,
                wire::ContentBlock::Document(block) => document(block, &path, objects).await?,
                wire::ContentBlock::ToolResult(result) => tool_result(result, &path, objects).await?,
                _ => {}
            }
        }
    }
    Ok(())
}

async fn tool_result(
    result: &mut wire::ToolResultBlock,
    path: &str,
    objects: &dyn ObjectSource,
) -> Result<()> {
    for (index, piece) in result.content.iter_mut().enumerate() {
        let path = format!("{path}.toolResult.content[{index}]");
        match piece {
            wire::ToolResultContentBlock::Image(block) => image(block, &path, objects).await?,
            wire::ToolResultContentBlock::Document(block) => document(block, &path, objects).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn image(block: &mut wire::ImageBlock, path: &str, objects: &dyn ObjectSource) -> Result<()> {
    if let wire::ImageSource::S3Location(location) = &block.source {
        block.source = wire::ImageSource::Bytes(read(location, &format!("{path}.image"), objects).await?);
    }
    Ok(())
}

async fn document(block: &mut wire::DocumentBlock, path: &str, objects: &dyn ObjectSource) -> Result<()> {
    if let wire::DocumentSource::S3Location(location) = &block.source {
        let bytes = read(location, &format!("{path}.document"), objects).await?;
        block.source = wire::DocumentSource::Bytes(bytes);
    }
    Ok(())
}

async fn read(location: &wire::S3Location, path: &str, objects: &dyn ObjectSource) -> Result<Bytes> {
    let path = format!("{path}.source.s3Location.uri");
    let named = location.uri.strip_prefix("s3://").and_then(|place| place.split_once('/'));
    let (bucket, key) = named.ok_or_else(|| Fault::field(&path, "must be s3://BUCKET/KEY"))?;
    let found = objects.read(bucket, key).await?;
    found.ok_or_else(|| Fault::field(path, format!("there is no object {key:?} in a bucket {bucket:?} here")))
}
