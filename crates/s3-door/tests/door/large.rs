//! Large objects pass through; they are not held.

use crate::boto3;
use crate::server::Server;

const MEGABYTES: u64 = 192;

/// A line of the kernel's account of this process, in megabytes.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':')).unwrap();
    value.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_an_object() {
    let server = Server::start().await;
    let before = memory("VmRSS");
    boto3::run(&server, "large.py", &[&MEGABYTES.to_string()]).await;
    let peak = memory("VmHWM");
    // The other tests of this program run at the same time: the bound leaves them room.
    assert!(peak < before + MEGABYTES / 3, "{before} MB grew to {peak} MB for an object of {MEGABYTES} MB");
}
