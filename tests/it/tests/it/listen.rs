//! Where a server listens, and what it answers to whom without a signature.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

use config::{DataDirectory, Limits, Memory, Prices, Usage};
use ids::{AccountId, Region};
use sandbox_sim::{SimEngine, SimHost, SimOptions};
use server::{EngineChoice, ListenError, Server, Settings, StartError};
use stdx::SystemClock;
use tempfile::tempdir;
use test_kit::TestServer;

use crate::client::Client;

const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn start(listen: SocketAddr, allow_plaintext: bool, data: &Path) -> Result<Server, StartError> {
    let host = SimHost::new(Arc::new(SystemClock), SimOptions::default());
    Server::start(Settings {
        listen,
        allow_plaintext,
        data: DataDirectory::new(data),
        region: Region::default(),
        account: AccountId::default(),
        host_aliases: Vec::new(),
        engine: EngineChoice::Given(Arc::new(SimEngine::new(host))),
        limits: Limits::default(),
        models: data.join("models.toml"),
        document_reader: None,
        memory: Memory::default(),
        prices: Prices::default(),
        usage: Usage::default(),
    })
    .await
}

#[tokio::test]
async fn beyond_this_machine_only_if_asked_for_by_name() {
    let data = tempdir().unwrap();
    for address in [ANYWHERE, "[::]:0".parse().unwrap(), "192.0.2.1:7070".parse().unwrap()] {
        let Err(error) = start(address, false, data.path()).await else { panic!("it listens on {address}") };
        assert!(matches!(error, StartError::Listen(ListenError::Plaintext(_))), "{error}");
        assert!(error.to_string().contains("--allow-plaintext"), "{error}");
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing is written before");
    start(ANYWHERE, true, data.path()).await.unwrap().shut_down().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let first = TestServer::start().await.unwrap();
    let data = tempdir().unwrap();
    let Err(error) = start(first.address(), false, data.path()).await else { panic!("it listens twice") };
    assert!(error.to_string().contains(&first.address().to_string()), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    first.shut_down().await;
}

#[tokio::test]
async fn a_data_directory_has_one_server() {
    let data = tempdir().unwrap();
    let first = start(HERE, false, data.path()).await.unwrap();
    let Err(error) = start(HERE, false, data.path()).await else { panic!("two servers, one directory") };
    assert!(matches!(error, StartError::Store(_)), "{error}");
    assert!(error.to_string().contains(&data.path().display().to_string()), "{error}");
    first.shut_down().await;
    start(HERE, false, data.path()).await.unwrap().shut_down().await;
}

#[tokio::test]
async fn health_and_metrics_need_no_signature_on_this_machine() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    assert_eq!(client.get("/health").unsigned().send().await.text(), "ok\n");
    client.get("/no/such/path").send().await.error(404, "UnknownOperationException");
    let metrics = client.get("/metrics").unsigned().send().await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.text().contains("freehold_"), "{}", metrics.text());
    server.shut_down().await;
}

#[tokio::test]
async fn health_and_metrics_are_for_this_machine_only() {
    // A machine with nothing but loopback has nobody to keep out.
    let Some(ours) = reachable_address() else { return };
    let data = tempdir().unwrap();
    let server = start(ANYWHERE, true, data.path()).await.unwrap();
    let key = authn::RootKey::load_or_create(data.path(), &stdx::SystemRng).unwrap();
    let client = Client::new(SocketAddr::new(ours, server.address().port()), &key);
    for path in ["/health", "/metrics"] {
        client.get(path).unsigned().send().await.error(403, "MissingAuthenticationTokenException");
    }
    client.get("/no/such/path").send().await.error(404, "UnknownOperationException");
    server.shut_down().await;
}

/// This machine's address towards others. Nothing is sent to find it out.
fn reachable_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(ANYWHERE).ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test]
async fn a_new_data_directory_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempdir().unwrap();
    let data = parent.path().join("data");
    start(HERE, false, &data).await.unwrap().shut_down().await;
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}
