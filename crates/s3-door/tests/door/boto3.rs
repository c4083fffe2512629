//! An unmodified boto3 as the client. The programs are in `tests/python`.

use std::path::{Path, PathBuf};
use std::process::Command;

use store::{KeyRange, Space, StoreError};

use crate::server::{ACCESS_KEY, ACCOUNT, GRACE, SECRET, Server};

/// The Python with boto3: `FREEHOLD_PYTHON`, else the one in `.venv` that the set-up makes.
fn python() -> PathBuf {
    if let Some(path) = std::env::var_os("FREEHOLD_PYTHON") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(".venv/bin/python");
    assert!(path.exists(), "no Python with boto3: run `make setup`, or set FREEHOLD_PYTHON to one");
    path
}

/// Runs a program against the door; it fails the test by failing.
pub(crate) async fn run(server: &Server, program: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(program);
    let mut command = Command::new(python());
    command
        .arg(script)
        .args(arguments)
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_MAX_ATTEMPTS", "1")
        // The programs reach into boto3's own signer, which an installed awscrt would replace.
        .env("BOTO_DISABLE_CRT", "true")
        .env("EXPECTED_ACCOUNT", ACCOUNT)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} failed\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects() {
    let server = Server::start().await;
    run(&server, "objects.py", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings() {
    let server = Server::start().await;
    run(&server, "listings.py", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn multipart() {
    let server = Server::start().await;
    run(&server, "multipart.py", &[]).await;
    for space in ["s3-uploads", "s3-parts"] {
        let rows = server.store.range(Space::new(space), &KeyRange::all(), 9).await.unwrap();
        assert_eq!(rows, [], "{space}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trailers() {
    let server = Server::start().await;
    run(&server, "trailers.py", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals() {
    let server = Server::start().await;
    run(&server, "refusals.py", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_stay_in_their_bucket() {
    let server = Server::start().await;
    run(&server, "keys.py", &[]).await;
    let names = std::fs::read_dir(server.directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with("store.db"));
    names.sort();
    assert_eq!(names, ["blobs", "lock"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_uploaded_is_found_until_it_is_deleted() {
    let server = Server::start().await;
    run(&server, "upload.py", &["bucket", "some/code.zip", "the code"]).await;
    let found = server.objects.find("bucket", "some/code.zip").await.unwrap().unwrap();
    let content = server.blobs.read(&found.digest, 0, None).await.unwrap().collect(99).await.unwrap();
    assert_eq!((found.length, &content[..]), (8, &b"the code"[..]));
    assert!(server.objects.find("bucket", "other").await.unwrap().is_none());
    assert!(server.objects.find("bucket", "a\0b").await.unwrap().is_none());

    server.clock.advance(GRACE * 2);
    assert_eq!(server.blobs.collect_garbage().await.unwrap(), 0);
    run(&server, "delete.py", &["bucket", "some/code.zip"]).await;
    let stale = store::Batch::new().and(found.unchanged());
    assert!(matches!(server.store.commit(stale).await, Err(StoreError::Conflict { .. })));
    assert_eq!(server.blobs.collect_garbage().await.unwrap(), 1);
}
