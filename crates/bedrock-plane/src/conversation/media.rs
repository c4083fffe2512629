//! Pictures and documents.

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::model::DocumentSource as Source;
use bytes::Bytes;
use fault::{Fault, Result};
use inference::{Document, Image};

const NOT_FROM_S3: &str = "is not read from a bucket in this operation: send the bytes themselves";

pub(super) fn image(block: wire::ImageBlock, path: &str) -> Result<Image> {
    let bytes = match block.source {
        wire::ImageSource::Bytes(bytes) => bytes,
        wire::ImageSource::S3Location(_) => {
            return Err(Fault::field(format!("{path}.source.s3Location"), NOT_FROM_S3));
        }
    };
    Ok(Image { media_type: format!("image/{}", block.format), bytes })
}

/// A picture that a guardrail is to look at, which it is for the model, too.
pub(super) fn guarded_image(block: wire::GuardrailConverseImageBlock) -> Image {
    let wire::GuardrailConverseImageSource::Bytes(bytes) = block.source;
    Image { media_type: format!("image/{}", block.format), bytes }
}

pub(super) fn document(block: wire::DocumentBlock, path: &str) -> Result<Document> {
    if block.context.is_some() {
        let why =
            "no provider takes a document's context apart from it: say it in a text before the document";
        return Err(Fault::field(format!("{path}.context"), why));
    }
    if block.citations.is_some_and(|citations| citations.enabled) {
        return Err(Fault::field(format!("{path}.citations"), "no provider's citations are passed on"));
    }
    let (given, text) = match block.source {
        Source::Bytes(bytes) => (bytes, false),
        Source::Text(text) => (Bytes::from(text), true),
        Source::Content(pieces) => {
            let texts: Vec<_> =
                pieces.into_iter().map(|wire::DocumentContentBlock::Text(text)| text).collect();
            (Bytes::from(texts.join("\n\n")), true)
        }
        Source::S3Location(_) => {
            return Err(Fault::field(format!("{path}.source.s3Location"), NOT_FROM_S3));
        }
    };
    let media_type = match block.format {
        Some(format) => media_type(format),
        None if text => "text/plain",
        None => return Err(Fault::field(format!("{path}.format"), "is required for bytes")),
    };
    Ok(Document { media_type: media_type.to_owned(), name: block.name, bytes: given })
}

fn media_type(format: wire::DocumentFormat) -> &'static str {
    use wire::DocumentFormat as F;
    match format {
        F::Pdf => "application/pdf",
        F::Csv => "text/csv",
        F::Doc => "application/msword",
        F::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        F::Xls => "application/vnd.ms-excel",
        F::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        F::Html => "text/html",
        F::Txt => "text/plain",
        F::Md => "text/markdown",
    }
}
