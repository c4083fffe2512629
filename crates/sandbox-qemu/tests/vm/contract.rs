//! Microvms pass the suite of all engines.

use sandbox::contract::{Subject, check_all};
use sandbox_qemu::Patience;

use crate::subject::Microvms;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microvms_keep_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    check_all(&subject).await;
    subject.engine().shut_down().await;
}
