//! Fills an images directory: `cargo run -p guest-image --example prepare -- DIRECTORY [NAME OCI-IMAGE]`.

#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::path::Path;

use guest_image::{ImageError, Progress, Recipe, import_oci, prepare};
use stdx::SystemClock;

fn main() -> Result<(), ImageError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let mut tell = |progress: Progress<'_>| println!("{progress:?}");
    match &arguments[..] {
        [directory] => {
            let images = prepare(Path::new(directory), &Recipe::default(), &SystemClock, &mut tell)?;
            println!("{:?} {:?}", images.kernel(), images.bases());
        }
        [directory, name, path] => {
            let base = import_oci(Path::new(directory), name, Path::new(path), &SystemClock, &mut tell)?;
            println!("{base:?}");
        }
        _ => println!("usage: prepare DIRECTORY [NAME OCI-IMAGE]"),
    }
    Ok(())
}
