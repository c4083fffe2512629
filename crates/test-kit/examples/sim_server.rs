//! A server with simulated sandboxes for trying clients out: prints what `freehold env` prints, then runs until its
//! standard input ends.

use std::io::Read;

#[expect(clippy::print_stdout, reason = "an example for a shell")]
fn main() -> anyhow::Result<()> {
    telemetry::start_logs()?;
    let runtime = start_runtime()?;
    let server = runtime.block_on(test_kit::TestServer::start())?;
    for (name, value) in server.environment() {
        println!("export {name}={value}");
    }
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest)?;
    runtime.block_on(server.shut_down());
    Ok(())
}

fn start_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
