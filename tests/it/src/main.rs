//! A server with simulated sandboxes on a given data directory, as a process that a test can kill.

use std::path::Path;

use anyhow::{Context, Result};
use test_kit::TestServer;
use tokio::runtime::Builder;

#[expect(clippy::print_stdout, reason = "it announces itself as the real server does")]
fn main() -> Result<()> {
    telemetry::start_logs()?;
    let data = std::env::args_os().nth(1).context("usage: sim-server DIRECTORY")?;
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let server = TestServer::at(Path::new(&data)).await?;
        println!("freehold is ready on http://{}", server.address());
        // It has no way to stop in an orderly manner, since that is not what it is for.
        std::future::pending().await
    })
}
