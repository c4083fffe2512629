//! What providers send, written down from their documentation as files, and what becomes of it.

mod formats {
    mod anthropic;
    mod bedrock;
    mod chat_completions;
    mod gemini;
    mod replayed;
    mod responses;
}
