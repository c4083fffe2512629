//! Tests on real virtual machines. They need what `make setup` installs.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod ahead;
mod booted;
mod contract;
mod full_disk;
mod leftovers;
mod machines;
mod probe;
mod refused;
mod remade;
mod storage;
mod subject;
mod suspended;
mod warm_up;
