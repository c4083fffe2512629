//! Which checkpoint is meant.

use anyhow::Result;
use clap::Args;

use crate::client::{Client, ServerArguments, escaped};
use crate::sessions::{Place, PlaceArguments};

/// A checkpoint of a session, and where to find both.
#[derive(Args)]
pub(super) struct Named {
    #[command(flatten)]
    place: PlaceArguments,
    /// The checkpoint's name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) server: ServerArguments,
}

impl Named {
    /// The server, and the session there.
    pub(super) fn find(&self) -> Result<(Client, Place)> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        Ok((client, place))
    }

    /// The checkpoint's path, and that of what lies below it.
    pub(super) fn path(&self, place: &Place, below: &str) -> String {
        place.path(&format!("/checkpoints/{}{below}", escaped(&self.name)))
    }
}
