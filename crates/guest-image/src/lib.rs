//! The directory of images that guests are made from, and how it is filled.
//!
//! ```text
//! index.json                 written last, atomically: what is not in it does not exist
//! vmlinuz-<sha256>           the kernel
//! modules-<sha256>.cpio      the modules it needs, in loading order
//! base-<sha256>.erofs        root file systems
//! ```
//!
//! Files are named by their content and never change, so any number of machines may use them while others are added.

mod blob;
mod cpio;
mod debian;
mod erofs;
mod error;
mod index;
mod initramfs;
mod kernel;
mod modules;
mod oci;
mod path;
mod prepare;
mod progress;
mod shelf;
mod tool;
mod unpack;

pub use error::ImageError;
pub use index::{BaseEntry, FileEntry, Images, KernelEntry};
pub use initramfs::initramfs;
pub use oci::import_oci;
pub use prepare::{Recipe, prepare};
pub use progress::Progress;
