//! A content block.

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::model::ContentBlock as Block;
use fault::{Fault, Result};
use inference::{Content, Reasoning, ToolOutput, ToolResult, ToolUse};

use super::media;

/// Reads a block; what no provider of ours takes is refused by name.
pub(super) fn read(block: Block, path: &str) -> Result<Content> {
    let refuse = |member: &str, why: &str| Err(Fault::field(format!("{path}.{member}"), why));
    Ok(match block {
        Block::Text(text) => Content::Text(text),
        Block::Image(image) => Content::Image(media::image(image, &format!("{path}.image"))?),
        Block::Document(document) => {
            Content::Document(media::document(document, &format!("{path}.document"))?)
        }
        Block::ToolUse(wish) => tool_use(wish, path)?,
        Block::ToolResult(result) => Content::ToolResult(tool_result(result, path)?),
        Block::ReasoningContent(reasoning) => Content::Reasoning(match reasoning {
            wire::ReasoningContentBlock::ReasoningText(block) => {
                Reasoning::Text { text: block.text, signature: block.signature }
            }
            wire::ReasoningContentBlock::RedactedContent(bytes) => Reasoning::Redacted(bytes),
        }),
        Block::CachePoint(_) => Content::CachePoint,
        Block::GuardContent(wire::GuardrailConverseContentBlock::Text(block)) => Content::Text(block.text),
        Block::GuardContent(wire::GuardrailConverseContentBlock::Image(image)) => {
            Content::Image(media::guarded_image(image))
        }
        Block::CitationsContent(block) => {
            let pieces = block.content.unwrap_or_default().into_iter();
            Content::Text(pieces.map(|wire::CitationGeneratedContent::Text(text)| text).collect())
        }
        Block::Video(_) => return refuse("video", "no provider takes videos; send pictures of it"),
        Block::Audio(_) => return refuse("audio", "no provider takes sound; send what was said as text"),
        Block::SearchResult(_) => {
            return refuse(
                "searchResult",
                "no provider takes search results; send them as text or documents",
            );
        }
        Block::ToolAddition(_) => return refuse("toolAddition", "tools are given in toolConfig only"),
        Block::ToolRemoval(_) => return refuse("toolRemoval", "tools are given in toolConfig only"),
    })
}

fn tool_use(wish: wire::ToolUseBlock, path: &str) -> Result<Content> {
    if wish.r#type.is_some() {
        return Err(Fault::field(format!("{path}.toolUse.type"), "no provider runs tools of its own here"));
    }
    Ok(Content::ToolUse(ToolUse { id: wish.tool_use_id, name: wish.name, input: wish.input }))
}

fn tool_result(result: wire::ToolResultBlock, path: &str) -> Result<ToolResult> {
    let pieces = result.content.into_iter().enumerate();
    let content = pieces.map(|(index, piece)| {
        let path = format!("{path}.toolResult.content[{index}]");
        tool_output(piece, &path)
    });
    Ok(ToolResult {
        id: result.tool_use_id,
        content: content.collect::<Result<_>>()?,
        failed: result.status == Some(wire::ToolResultStatus::Error),
    })
}

fn tool_output(piece: wire::ToolResultContentBlock, path: &str) -> Result<ToolOutput> {
    use wire::ToolResultContentBlock as Piece;
    Ok(match piece {
        Piece::Json(value) => ToolOutput::Json(value),
        Piece::Text(text) => ToolOutput::Text(text),
        Piece::Image(image) => ToolOutput::Image(media::image(image, &format!("{path}.image"))?),
        Piece::Document(document) => {
            ToolOutput::Document(media::document(document, &format!("{path}.document"))?)
        }
        Piece::Video(_) => return Err(Fault::field(format!("{path}.video"), "no provider takes videos")),
        Piece::SearchResult(_) => {
            let why = "no provider takes search results; send them as text or documents";
            return Err(Fault::field(format!("{path}.searchResult"), why));
        }
    })
}
