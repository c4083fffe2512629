//! Who a machine is, as the guest is told when it wakes.

use guest_protocol::hello::Wake;
use stdx::{Clock, Rng};

/// The names of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) hostname: String,
    pub(crate) boot_id: String,
    /// Where its storage is mounted, if it has one.
    pub(crate) storage: Option<String>,
}

impl Who {
    /// Somebody new.
    pub(crate) fn new(hostname: String, rng: &dyn Rng) -> Self {
        Self { hostname, boot_id: rng.uuid(), storage: None }
    }

    /// What makes a guest this machine, with the time and randomness that it needs for that.
    pub(crate) fn wake(&self, clock: &dyn Clock, rng: &dyn Rng) -> Wake {
        let mut entropy = [0; 64];
        rng.fill(&mut entropy);
        let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
        Wake {
            epoch_ns: millis.saturating_mul(1_000_000),
            hostname: self.hostname.clone(),
            boot_id: self.boot_id.clone(),
            entropy: hex::encode(entropy),
            storage: self.storage.clone(),
        }
    }
}
