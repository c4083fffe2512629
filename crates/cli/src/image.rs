//! `freehold image`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use config::ConfigFile;
use guest_image::{BaseEntry, Images, Progress, Recipe};
use stdx::SystemClock;

use crate::paths::ImageArguments;

/// Guest kernels and base images.
#[derive(Subcommand)]
pub(crate) enum Image {
    /// Prepare the kernel and the default base image, unless they are there already.
    Prepare(Prepare),
    /// Add a base image from an OCI image layout: a directory, or a tar file of one.
    Import(Import),
    /// List what is there.
    List(List),
}

#[derive(Args)]
pub(crate) struct Prepare {
    #[command(flatten)]
    images: ImageArguments,
}

#[derive(Args)]
pub(crate) struct Import {
    /// What to call the base image
    name: String,
    /// The image layout
    layout: PathBuf,
    #[command(flatten)]
    images: ImageArguments,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    images: ImageArguments,
}

impl Image {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let nothing = ConfigFile::default();
        match self {
            Self::Prepare(Prepare { images }) => {
                let prepared = guest_image::prepare(
                    &images.images(&nothing)?,
                    &Recipe::default(),
                    &SystemClock,
                    &mut tell,
                )?;
                show(&prepared);
            }
            Self::Import(Import { name, layout, images }) => {
                let imported = guest_image::import_oci(
                    &images.images(&nothing)?,
                    &name,
                    &layout,
                    &SystemClock,
                    &mut tell,
                )?;
                show_base(&imported);
            }
            Self::List(List { images }) => show(&Images::open(&images.images(&nothing)?)?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(images: &Images) {
    println!("kernel {}", images.kernel().version);
    for base in images.bases() {
        show_base(base);
    }
}

fn show_base(base: &BaseEntry) {
    println!("base   {}  runtimes: {}", base.name, base.runtimes.join(", "));
}

#[expect(clippy::print_stderr, reason = "progress is for whoever waits, not for whoever reads the output")]
fn tell(progress: Progress<'_>) {
    match progress {
        Progress::Step(step) => eprintln!("── {step}"),
        Progress::Detail(line) => eprintln!("   {line}"),
        Progress::Skipped(step) => eprintln!("── {step}: nothing to do"),
    }
}
