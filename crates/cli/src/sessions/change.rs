//! `freehold sessions suspend`, `resume` and `stop`

use anyhow::Result;
use clap::Args;
use http::Method;

use super::place::PlaceArguments;
use super::show::print;
use crate::client::ServerArguments;

/// One session, and what is to become of it.
#[derive(Args)]
pub(crate) struct Change {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    server: ServerArguments,
}

/// What is to become of a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    Suspend,
    Resume,
    Stop,
}

impl Change {
    pub(super) fn run(self, verb: Verb) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let (method, below) = match verb {
            Verb::Suspend => (Method::POST, "/suspend"),
            Verb::Resume => (Method::POST, "/resume"),
            Verb::Stop => (Method::DELETE, ""),
        };
        print(&client.call(method, &place.path(below), None)?, self.server.json)
    }
}
