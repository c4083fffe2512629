//! `freehold read-document`: the process that the server starts for each document from a stranger.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use documents::{Format, Limits};
use rustix::process::{Resource, Rlimit, setrlimit};

/// How much memory the process may have.
const MEMORY: u64 = 2 << 30;
/// How many seconds it may compute.
const SECONDS: u64 = 30;

/// Read a document from standard input, and print its pieces as JSON.
#[derive(Args)]
pub(crate) struct ReadDocument {
    /// What it is written in
    format: Format,
}

impl ReadDocument {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let limits = [
            (Resource::As, MEMORY),
            (Resource::Cpu, SECONDS),
            (Resource::Fsize, 0),
            (Resource::Core, 0),
            (Resource::Nofile, 16),
        ];
        for (resource, most) in limits {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
        let limits = Limits::default();
        let mut document = Vec::new();
        std::io::stdin().lock().take(limits.bytes as u64 + 1).read_to_end(&mut document)?;
        let read = documents::read(self.format, &document, &limits);
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &read)?;
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
