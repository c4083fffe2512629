//! The command line: one command a file.

#![expect(clippy::print_stdout, reason = "standard output is what a command line is for")]

mod api;
mod checkpoints;
mod client;
mod doctor;
mod env;
mod image;
mod keys;
mod memory;
mod models;
mod paths;
mod read_document;
mod serve;
mod sessions;
mod table;
mod usage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Amazon Bedrock AgentCore's API on machines you own.
#[derive(Parser)]
#[command(name = "freehold", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Print the exports that point clients of AWS and OpenAI at the server.
    Env(env::Env),
    /// Say what works on this machine, and what is missing.
    Doctor(doctor::Doctor),
    /// What of AgentCore's API is there.
    #[command(subcommand)]
    Api(api::Api),
    /// Prepare guest kernels and base images.
    #[command(subcommand)]
    Image(image::Image),
    /// See, suspend, resume and end sessions.
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// Keep states of sessions, fork and rewind sessions to them.
    #[command(subcommand)]
    Checkpoints(checkpoints::Checkpoints),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// See, search and follow memories.
    #[command(subcommand)]
    Memory(memory::Memory),
    /// List, add and try models.
    #[command(subcommand)]
    Models(models::Models),
    /// Read a document from standard input, and print its pieces: what the server starts for each.
    #[command(hide = true)]
    ReadDocument(read_document::ReadDocument),
    /// Print what sessions have used, and what that costs.
    Usage(usage::Usage),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::Env(env) => env.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Api(api) => api.run(),
        Command::Image(image) => image.run(),
        Command::Sessions(sessions) => sessions.run(),
        Command::Checkpoints(checkpoints) => checkpoints.run(),
        Command::Keys(keys) => keys.run(),
        Command::Memory(memory) => memory.run(),
        Command::Models(models) => models.run(),
        Command::ReadDocument(read) => read.run(),
        Command::Usage(usage) => usage.run(),
    };
    done.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stderr, reason = "the one place where a command says why it failed")]
fn report(error: &anyhow::Error) {
    eprintln!("freehold: {error:#}");
}
