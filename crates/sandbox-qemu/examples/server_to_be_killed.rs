//! Starts sandboxes until it is killed, for the tests of recovery.
//!
//! `server_to_be_killed DIRECTORY TEMPLATE ID` starts one, says `started` and waits.
//! `server_to_be_killed DIRECTORY TEMPLATE ID suspend` starts one, says `started`, then suspends and resumes it without
//! end, and says the name of each snapshot once it has it.
//! `server_to_be_killed DIRECTORY TEMPLATE` starts and stops sandboxes and makes layers without end.

#![expect(clippy::print_stdout, reason = "the test reads how far it has come")]

use std::path::PathBuf;
use std::sync::Arc;

use sandbox::{Engine, Identity, LayerName, SandboxId, SnapshotName, TemplateName};
use sandbox_qemu::{Acceleration, QemuEngine, QemuOptions};
use stdx::{SystemClock, SystemRng};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let (directory, template) =
        (&arguments[1], TemplateName::parse(&arguments[2]).ok_or("a template's name")?);
    let options =
        QemuOptions { acceleration: Acceleration::Emulated, ..QemuOptions::from_environment(directory) };
    let engine = Arc::new(QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await?);
    if let Some(id) = arguments.get(3) {
        let mut sandbox = engine.start(&template, identity(id)?).await?;
        println!("started");
        if arguments.len() < 5 {
            return std::future::pending().await;
        }
        for number in 0_u64.. {
            let name = SnapshotName::parse(&format!("{id}.{number}")).ok_or("a snapshot's name")?;
            sandbox.suspend(name.clone()).await?;
            println!("{name}");
            sandbox = engine.resume(&name, identity(id)?).await?;
        }
    }
    let sandboxes = async {
        for number in 0_u64.. {
            let sandbox = engine.start(&template, identity(&format!("running-{number}"))?).await?;
            println!("started");
            if number % 3 == 0 {
                sandbox.stop().await;
            } else {
                // It runs until the kill; the handle must not end it.
                std::mem::forget(sandbox);
            }
            if number > 8 {
                std::future::pending::<()>().await;
            }
        }
        Ok::<(), Failure>(())
    };
    let layers = async {
        for number in 0_u64.. {
            let name = LayerName::parse(&format!("layer-{number}")).ok_or("a layer's name")?;
            let tree = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
            engine.build_layer(name.clone(), tree).await?;
            if number % 2 == 0 {
                engine.discard_layer(&name).await?;
            }
        }
        Ok::<(), Failure>(())
    };
    tokio::try_join!(sandboxes, layers).map(|_| ())
}

fn identity(id: &str) -> Result<Identity, Failure> {
    Ok(Identity::new(SandboxId::parse(id).ok_or("a sandbox's id")?, id))
}
