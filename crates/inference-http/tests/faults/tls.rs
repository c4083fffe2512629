//! Providers behind certificates: of strangers, and of an organisation's own authority.

use std::sync::Arc;

use inference::{Answer, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::adapters::{all, hi};
use super::secrets::key;
use super::server::{Server, streamed};

/// Where OpenSSL's kind of programs are told which authorities to believe; so are we.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// An authority of our own: its certificate, and the way in which a server of these protocols encrypts with one that
/// it gave.
fn authority(protocols: &[&str]) -> (String, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    (authority, TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn a_certificate_of_strangers_is_refused() {
    let (adapter, key) = (all().remove(0), key());
    let (_, encryption) = authority(&[]);
    let reply = streamed(adapter.content_type, &adapter.answer);
    let server = Server::start_with(vec![reply], Some(encryption)).await;
    let (provider, _) = adapter.hasty(&server.https_url(), key.path());
    let error = provider.converse(&hi()).await.err().unwrap();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.message().contains("certificate"), "{error}");
    assert!(server.requests().is_empty(), "nothing is said to strangers");
}

/// An authority of our own that this process believes from now on.
pub(crate) fn believed(protocols: &[&str]) -> TlsAcceptor {
    let (certificate, encryption) = authority(protocols);
    std::fs::write(std::env::var(AUTHORITIES).unwrap(), certificate).unwrap();
    encryption
}

/// Runs a test in a process of its own: which authorities are believed is read once a process.
pub(crate) async fn passes_alone(test: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", test])
        .env(AUTHORITIES, file.path())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn an_authority_of_one_s_own_is_believed() {
    passes_alone("faults::tls::with_an_authority_of_one_s_own").await;
}

#[tokio::test]
#[ignore = "the test above runs it, in a process of its own"]
async fn with_an_authority_of_one_s_own() {
    let (adapter, key) = (all().remove(0), key());
    let reply = streamed(adapter.content_type, &adapter.answer);
    let server = Server::start_with(vec![reply], Some(believed(&[]))).await;
    let (provider, _) = adapter.hasty(&server.https_url(), key.path());
    let answer = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
    assert_eq!(answer.message.plain_text(), "Hello");
}
