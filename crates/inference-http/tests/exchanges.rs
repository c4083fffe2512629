//! What is sent to providers, as files to compare with their documentation, and what becomes of good answers on the
//! whole way.

#![expect(clippy::unwrap_used, reason = "tests")]

mod exchanges {
    mod anthropic;
    mod bedrock;
    mod chat_completions;
    mod exchange;
    mod gemini;
    mod responses;
    mod sample;
    #[expect(dead_code, reason = "here nobody misbehaves")]
    #[path = "../faults/server.rs"]
    mod server;
}
