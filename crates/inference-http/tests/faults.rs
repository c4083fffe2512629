//! Providers that misbehave, played by a server on this machine: the same faults for every adapter.

#![expect(clippy::unwrap_used, reason = "tests")]

mod faults {
    mod adapters;
    mod clocks;
    mod connections;
    mod embeddings;
    mod http2;
    mod refusals;
    mod secrets;
    mod server;
    mod streams;
    mod tls;
}
