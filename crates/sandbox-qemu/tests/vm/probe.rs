//! Whether hardware virtualisation works is found by a boot, once.

use std::path::Path;
use std::sync::Arc;

use sandbox::Engine;
use sandbox_qemu::{Acceleration, QemuEngine, QemuOptions};
use stdx::{SystemClock, SystemRng};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_is_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path()).await;
    let works = engine.accelerated().await.unwrap();
    assert_eq!(engine.info().accelerated, works);
    drop(engine);
    let remembered = directory.path().join("acceleration.json");
    if !Path::new("/dev/kvm").exists() {
        assert!(!works && !remembered.exists());
        return;
    }
    // An answer that no boot could give is believed, so the second engine cannot have booted anything.
    let text = std::fs::read_to_string(&remembered).unwrap();
    let reversed = text.replace(&format!("\"works\":{works}"), &format!("\"works\":{}", !works));
    assert_ne!(text, reversed);
    std::fs::write(&remembered, reversed).unwrap();
    let engine = open(directory.path()).await;
    assert_eq!(engine.accelerated().await.unwrap(), !works);
    assert_eq!(std::fs::read_dir(directory.path().join("sandboxes")).unwrap().count(), 0);
}

async fn open(directory: &Path) -> QemuEngine {
    let options =
        QemuOptions { acceleration: Acceleration::Probed, ..QemuOptions::from_environment(directory) };
    QemuEngine::open(options, Arc::new(SystemClock), Arc::new(SystemRng)).await.unwrap()
}
