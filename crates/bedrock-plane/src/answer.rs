//! A whole answer on Bedrock's wire.

use bedrock_api::runtime::model as wire;
use inference::{Answer, Content, Reasoning, Role, StopReason, Usage};

/// The answer's message. A model says nothing that the wire has no word for.
pub(crate) fn message(answer: Answer) -> wire::Message {
    let role = match answer.message.role {
        Role::User => wire::ConversationRole::User,
        Role::Assistant => wire::ConversationRole::Assistant,
    };
    wire::Message { role, content: answer.message.content.into_iter().filter_map(block).collect() }
}

fn block(content: Content) -> Option<wire::ContentBlock> {
    Some(match content {
        Content::Text(text) => wire::ContentBlock::Text(text),
        Content::ToolUse(wish) => wire::ContentBlock::ToolUse(wire::ToolUseBlock {
            tool_use_id: wish.id,
            name: wish.name,
            input: wish.input,
            r#type: None,
        }),
        Content::Reasoning(reasoning) => wire::ContentBlock::ReasoningContent(match reasoning {
            Reasoning::Text { text, signature } => {
                wire::ReasoningContentBlock::ReasoningText(wire::ReasoningTextBlock { text, signature })
            }
            Reasoning::Redacted(bytes) => wire::ReasoningContentBlock::RedactedContent(bytes),
        }),
        // Only callers say these.
        Content::Image(_) | Content::Document(_) | Content::ToolResult(_) | Content::CachePoint => {
            return None;
        }
    })
}

/// Why the answer ended.
pub(crate) fn stop_reason(reason: StopReason) -> wire::StopReason {
    use wire::StopReason as Wire;
    match reason {
        StopReason::EndTurn => Wire::EndTurn,
        StopReason::ToolUse => Wire::ToolUse,
        StopReason::MaxTokens => Wire::MaxTokens,
        StopReason::StopSequence => Wire::StopSequence,
        StopReason::GuardrailIntervened => Wire::GuardrailIntervened,
        StopReason::ContentFiltered => Wire::ContentFiltered,
        StopReason::ModelContextWindowExceeded => Wire::ModelContextWindowExceeded,
        StopReason::MalformedModelOutput => Wire::MalformedModelOutput,
        StopReason::MalformedToolUse => Wire::MalformedToolUse,
    }
}

/// What it took.
pub(crate) fn usage(usage: Usage) -> wire::TokenUsage {
    wire::TokenUsage {
        input_tokens: tokens(usage.input_tokens),
        output_tokens: tokens(usage.output_tokens),
        total_tokens: tokens(usage.total()),
        cache_read_input_tokens: Some(tokens(usage.cache_read_tokens)),
        cache_write_input_tokens: Some(tokens(usage.cache_write_tokens)),
        cache_details: None,
    }
}

/// A count as the wire's numbers go.
pub(crate) fn tokens(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
