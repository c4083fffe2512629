//! Connections from inside, each with the doors of one session.

use std::convert::Infallible;
use std::sync::{Arc, Weak};

use authn::{Credential, CredentialStore, Principal, Secret, Verifier};
use fault::Fault;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sandbox::{Duplex, Platform, SandboxId};
use stdx::BoxFuture;

use super::{ACCESS_KEY_ID, Lives, SECRET_ACCESS_KEY, Session};
use crate::edge::{Edge, From};
use crate::listen::{HEAD_SIZE, HEAD_TIMEOUT};
use crate::services::Services;

/// Answers what agents call.
pub(crate) struct Inside {
    /// Weak, because the services hold the engine that holds this.
    services: Weak<Services>,
    verification: authn::Options,
    lives: Lives,
}

impl Inside {
    /// Answers from these services, for the sessions that live.
    pub(crate) fn new(services: &Arc<Services>, verification: authn::Options, lives: Lives) -> Self {
        Self { services: Arc::downgrade(services), verification, lives }
    }

    /// The doors as a session finds them; `None` once the server is at its end.
    fn edge_for(&self, session: Arc<Session>) -> Option<Edge> {
        let services = self.services.upgrade()?;
        let holder = Holder(principal(&session));
        let clock = Arc::clone(&services.clock);
        let verifier = Verifier::new(self.verification.clone(), Arc::new(holder), clock);
        Some(Edge(Services { verifier: Arc::new(verifier), inside: Some(session), ..(*services).clone() }))
    }
}

impl Platform for Inside {
    fn serve(&self, from: SandboxId, connection: Box<dyn Duplex>) -> BoxFuture<'static, ()> {
        let session = self.lives.find(from.as_str());
        let Some(edge) = session.and_then(|session| self.edge_for(session)) else {
            // Made ready for sessions to come, or about to end: nobody could say on whose behalf it calls.
            tracing::info!(sandbox = %from, "a sandbox that is no session called; it was not answered");
            return Box::pin(std::future::ready(()));
        };
        let edge = Arc::new(edge);
        Box::pin(async move {
            let service = service_fn(move |request| {
                let edge = Arc::clone(&edge);
                async move { Ok::<_, Infallible>(edge.answer(request, From::Inside).await) }
            });
            let mut builder = http1::Builder::new();
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(HEAD_SIZE as usize);
            if let Err(error) = builder.serve_connection(TokioIo::new(connection), service).await {
                tracing::debug!(%error, sandbox = %from, "a connection from inside ended");
            }
        })
    }
}

/// Who a session is to the doors.
fn principal(session: &Session) -> Principal {
    Principal {
        account: session.account.clone(),
        arn: session.agent.clone(),
        user_id: session.session.clone(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
    }
}

/// The one key that is known inside, as this session's.
struct Holder(Principal);

impl CredentialStore for Holder {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Credential>, Fault>> {
        let known = access_key_id == ACCESS_KEY_ID;
        let secret = Secret::new(SECRET_ACCESS_KEY);
        Box::pin(std::future::ready(Ok(known.then(|| Credential::long_term(secret, self.0.clone())))))
    }
}
