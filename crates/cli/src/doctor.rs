//! `freehold doctor`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use sandbox::Engine;
use sandbox_qemu::{QemuEngine, QemuOptions};
use stdx::{SystemClock, SystemRng};

use crate::paths::{DataArgument, ImageArguments};

/// Say what works on this machine, and what is missing. Boots a guest to find out, so it takes some seconds.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    data: DataArgument,
    #[command(flatten)]
    images: ImageArguments,
}

impl Doctor {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let found = runtime.block_on(self.examine());
        match found {
            Ok(findings) => {
                println!("isolation tier microvm: works\n{findings}");
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                println!("isolation tier microvm: does not work\n  {error:#}");
                Ok(ExitCode::FAILURE)
            }
        }
    }

    async fn examine(self) -> Result<String> {
        let file = self.data.file()?;
        let directory = self.data.directory(&file)?.doctor();
        let options = QemuOptions {
            images: self.images.images(&file)?,
            guest_agent: self.images.guest_agent()?,
            ..QemuOptions::from_environment(&directory)
        };
        let engine = QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
        let accelerated = engine.accelerated().await;
        let info = engine.info();
        engine.shut_down().await;
        drop(engine);
        std::fs::remove_dir_all(&directory)?;
        let speed = if accelerated? {
            "  guests run on the processor itself (KVM)"
        } else {
            "  guests are emulated: everything works, Python many times slower than natively; a boot with KVM failed"
        };
        let bases: Vec<String> = info
            .bases
            .iter()
            .map(|base| format!("  base {}: {}", base.name, base.runtimes.join(", ")))
            .collect();
        Ok(format!("  {}\n{speed}\n{}", info.description, bases.join("\n")))
    }
}
