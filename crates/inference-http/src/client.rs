//! One provider's HTTP client: its connections, how long we wait, and how often we ask again.

mod address;
mod incoming;
mod patience;
mod redact;
mod refusal;
mod tls;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use inference::{ErrorKind, ModelError};
use serde::Serialize;
use stdx::{Clock, Rng};

pub use incoming::{Content, Incoming};
pub(crate) use refusal::reported;

use crate::authorize::Authorize;
use crate::connection::{Connection, Timeouts};
use address::Address;
use patience::{Again, Patience};
use redact::Secrets;

/// Connections that nobody used for so long are closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(90);
/// No more of them are kept.
const IDLE_CONNECTIONS: usize = 64;
/// A shared connection that says nothing is asked after this time whether it lives, and given up after it again: else
/// one that died silently would take all requests with it.
const PULSE: Duration = Duration::from_secs(20);

/// A provider's HTTP client. Clones share its connections.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

struct Shared {
    provider: Arc<str>,
    address: Address,
    headers: HeaderMap,
    timeouts: Timeouts,
    retries: u32,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

/// An attempt that failed, and what that says about the next one.
struct Failure {
    error: ModelError,
    again: Again,
}

impl Http {
    /// A client that has no connection yet. Fails when the connection's description is none.
    pub fn new(connection: Connection, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self, ModelError> {
        let wrong = |what: &str| {
            let message = format!("provider {}: {what}", connection.provider);
            ModelError::new(ErrorKind::NotConfigured, message)
        };
        let address = Address::parse(&connection.base_url).map_err(wrong)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &connection.headers {
            let parsed = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let Some((name, mut value)) = parsed else { return Err(wrong(&format!("{name} is no header"))) };
            // Whatever an operator adds may be a secret; nothing is lost by treating it as one.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let client = client(&address, connection.timeouts.connect);
        let client = client.map_err(|error| wrong("no HTTP client").because(error))?;
        let (provider, timeouts, retries) =
            (connection.provider.into(), connection.timeouts, connection.retries);
        let shared = Shared { provider, address, headers, timeouts, retries, client, clock, rng };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What the configuration calls the provider.
    pub fn provider(&self) -> &str {
        &self.shared.provider
    }

    /// The provider's host.
    pub fn host(&self) -> &str {
        self.shared.address.host()
    }

    /// The clock that its waiting goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The randomness that it waits by.
    pub fn rng(&self) -> &dyn Rng {
        &*self.shared.rng
    }

    /// A POST of this JSON to a path below the base URL; the path begins with a slash and is percent-encoded.
    pub fn post(&self, path: &str, body: &impl Serialize) -> Result<Request<Bytes>, ModelError> {
        let body = serde_json::to_vec(body).map_err(|error| {
            ModelError::new(ErrorKind::Invalid, "the request cannot be written as JSON").because(error)
        })?;
        let mut request = Request::post(self.shared.address.with(path))
            .body(Bytes::from(body))
            .map_err(|_| self.error(ErrorKind::Invalid, "the model's id cannot be part of a URL"))?;
        request.headers_mut().clone_from(&self.shared.headers);
        Ok(request)
    }

    /// Sends a request until it is answered or patience ends. Dropping the future gives the request up.
    ///
    /// What comes back is a success; a refusal is an error with the provider's message.
    pub async fn send(
        &self,
        request: &Request<Bytes>,
        authorize: &dyn Authorize,
    ) -> Result<Incoming, ModelError> {
        let mut patience = Patience::new(self.shared.retries);
        loop {
            let Failure { error, again } = match self.attempt(request, authorize).await {
                Ok(incoming) => return Ok(incoming),
                Err(failure) => failure,
            };
            let Some(wait) = patience.wait(again, &*self.shared.rng) else { return Err(error) };
            tracing::debug!(provider = self.provider(), %error, ?wait, "asking the provider again");
            let clock = &self.shared.clock;
            clock.sleep_until(clock.now().plus(wait)).await;
        }
    }

    /// An error that names the provider.
    pub fn error(&self, kind: ErrorKind, what: &str) -> ModelError {
        ModelError::new(kind, format!("provider {}: {what}", self.shared.provider))
    }

    async fn attempt(
        &self,
        request: &Request<Bytes>,
        authorize: &dyn Authorize,
    ) -> Result<Incoming, Failure> {
        let mut request = request.clone();
        authorize.authorize(&mut request).await.map_err(Failure::at_last)?;
        let secrets = Secrets::of(request.headers());
        let request = reqwest::Request::try_from(request)
            .map_err(|_| Failure::at_last(self.error(ErrorKind::Invalid, "the URL is none")))?;
        let Shared { timeouts, clock, .. } = &*self.shared;
        // The connection has a time limit of its own, which reports better; this one is behind it.
        let limit = timeouts.connect + timeouts.first_byte;
        let answered = patience::within(&**clock, limit, self.shared.client.execute(request)).await;
        let response = match answered {
            None => return Err(Failure::at_last(self.error(ErrorKind::Timeout, "no answer in time"))),
            Some(Err(error)) => return Err(self.unsent(error, &secrets)),
            Some(Ok(response)) => response,
        };
        let provider = Arc::clone(&self.shared.provider);
        let incoming = Incoming::new(provider, response, Arc::clone(clock), timeouts.idle, secrets);
        if incoming.status().is_success() {
            return Ok(incoming);
        }
        Err(refusal::read(incoming).await)
    }

    /// Whatever went wrong before an answer began; sending again can do no harm that was not done.
    fn unsent(&self, error: reqwest::Error, secrets: &Secrets) -> Failure {
        // The URL is the operator's business, and may hold what is none of the caller's.
        let error = error.without_url();
        let (kind, what) = match () {
            () if error.is_connect() && error.is_timeout() => (ErrorKind::Timeout, "no connection in time"),
            () if error.is_connect() => (ErrorKind::Unavailable, "no connection"),
            () => (ErrorKind::Unavailable, "the connection was lost before an answer came"),
        };
        let mut root: &dyn Error = &error;
        while let Some(source) = root.source() {
            root = source;
        }
        let what = format!("{what} ({root})");
        let error = secrets.redact_error(self.error(kind, &what).because(error));
        Failure { error, again: Again::Soon }
    }
}

impl Failure {
    /// A failure that asking again would only repeat.
    fn at_last(error: ModelError) -> Self {
        Self { error, again: Again::No }
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Shared { provider, address, timeouts, retries, .. } = &*self.shared;
        let mut shown = formatter.debug_struct("Http");
        shown.field("provider", provider).field("address", address);
        shown.field("timeouts", timeouts).field("retries", retries).finish()
    }
}

fn client(address: &Address, connect: Duration) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config())
        .connect_timeout(connect)
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PULSE)
        .http2_keep_alive_timeout(PULSE)
        // A key must not follow to where a provider points.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("freehold/", env!("CARGO_PKG_VERSION")));
    let builder = if address.is_local() { builder.no_proxy() } else { builder };
    builder.build()
}
