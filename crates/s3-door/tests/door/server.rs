//! A door on a port of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3_door::{Credentials, Objects, S3Door, Setting};
use stdx::{BoxFuture, ManualClock, SystemRng, Timestamp};
use store::{Blobs, Store};
use store_sqlite::{DirectoryBlobs, SqliteStore};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const ACCESS_KEY: &str = "AKIATEST";
pub(crate) const SECRET: &str = "not-a-real-secret";
pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const GRACE: Duration = Duration::from_mins(1);

struct OneKey;

impl Credentials for OneKey {
    fn lookup<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Option<String>> {
        let secret = (access_key_id == ACCESS_KEY).then(|| SECRET.to_owned());
        Box::pin(std::future::ready(secret))
    }
}

/// A running door; it stops when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) objects: Objects,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) directory: TempDir,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
        let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
        let rng = Arc::new(SystemRng);
        let blobs =
            DirectoryBlobs::open(directory.path(), store.clone(), clock.clone(), rng.clone(), GRACE).unwrap();
        let blobs = Arc::new(blobs);
        let objects = Objects::new(Setting {
            store: store.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            rng,
            region: "us-east-1".to_owned(),
            account: ACCOUNT.to_owned(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, S3Door::new(objects.clone(), Arc::new(OneKey))));
        Self { address, objects, store, blobs, clock, directory, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, door: S3Door) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let door = door.clone();
        let service = service_fn(move |request| {
            let door = door.clone();
            async move { Ok::<_, Infallible>(door.call(request).await) }
        });
        // A connection lasts as long as its client keeps it.
        tokio::spawn(async move {
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
