//! The process's options and the layout of its data directory.
//!
//! Options come from the command line, the environment (`FREEHOLD_*`) and a TOML file, in this order of weight; the
//! command line resolves the first two and hands the rest here.

mod data;
mod file;
mod memory;
pub mod models;
mod prices;

pub use data::DataDirectory;
pub use file::{ConfigError, ConfigFile, Limits};
pub use memory::{Destination, Memory, RequestRates};
pub use models::{ModelsFile, ModelsFileError};
pub use prices::{Amount, Moment, PriceChange, Prices, Usage};
