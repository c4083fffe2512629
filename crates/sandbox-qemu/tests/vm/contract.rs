//! Microvms pass the suite of all engines.

use std::time::Duration;

use sandbox::contract::{Subject, check_all};
use sandbox_qemu::Patience;

use crate::subject::Microvms;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microvms_keep_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    // That a busy machine is slow is no breach: a guest that is cut off while it puts its storage away loses it.
    let long = Duration::from_secs(180);
    let patience =
        Patience { boot: long, wake: long, report: long, release: long, pulse: long, ..Patience::default() };
    let subject = Microvms::new(directory.path(), patience).await;
    check_all(&subject).await;
    subject.engine().shut_down().await;
}
