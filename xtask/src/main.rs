//! The project's own chores.

mod ci;
mod codegen;
mod coverage;
mod fuzz;
mod tidy;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write the API crates from the service models.
    Codegen(codegen::Arguments),
    /// Write the page that says which operations are implemented.
    Coverage(coverage::Arguments),
    /// Check the house's own rules.
    Tidy,
    /// Run what continuous integration runs.
    Ci {
        /// Which part of it.
        #[arg(value_enum)]
        job: ci::Job,
    },
    /// Run every fuzz target for a short time.
    Fuzz(fuzz::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().chore {
        Chore::Codegen(arguments) => codegen::run(&arguments),
        Chore::Coverage(arguments) => coverage::run(&root(), &arguments),
        Chore::Tidy => tidy::run(&root()),
        Chore::Ci { job } => ci::run(&root(), job),
        Chore::Fuzz(arguments) => fuzz::run(&root(), &arguments),
    }
}

/// The checkout that this program was built from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
