//! Proof of a claim.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use stdx::Clock;

use crate::body::{BodyCheck, ChunkSigner, Chunked, Deferred, Proof, Trailers};
use crate::claim::Claim;
use crate::credential::{Credential, CredentialStore, Principal};
use crate::error::AuthError;
use crate::key::{KeyCache, sha256};
use crate::payload::{self, Payload};
use crate::presented::Presented;
use crate::readings::{Reading, readings};
use crate::request::Request;
use crate::service::Service;
use crate::window;

/// What a server accepts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The region that every credential scope must name.
    pub region: String,
    /// The services that a credential scope may name.
    pub services: Vec<Service>,
    /// Names, with or without port, under which clients sign although they reach us under another one.
    pub host_aliases: Vec<String>,
}

/// Verifies signatures against the keys of a store.
pub struct Verifier {
    options: Options,
    store: Arc<dyn CredentialStore>,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

/// A request whose sender is known.
#[derive(Debug)]
pub struct Verified {
    /// Who sent it; proven once [`BodyCheck::caller_is_proven`] says so or the body has been read.
    pub principal: Arc<Principal>,
    /// What is still to be proven about the body.
    pub body: BodyCheck,
    path: Option<String>,
}

impl Verified {
    /// The path that was signed, given the one that was sent. They differ if a client sent dot segments or
    /// doubled slashes, which AWS signs without. Route on this one, or a recorded request could be sent again
    /// under another path.
    pub fn path<'p>(&'p self, sent: &'p str) -> &'p str {
        self.path.as_deref().unwrap_or(sent)
    }
}

/// All that a signature is checked with.
struct Check<'c> {
    request: &'c Request<'c>,
    presented: &'c Presented,
    service: &'c Service,
    claim: Claim,
}

impl Verifier {
    /// A verifier with an empty key cache.
    pub fn new(options: Options, store: Arc<dyn CredentialStore>, clock: Arc<dyn Clock>) -> Self {
        Self { options, store, clock, keys: KeyCache::default() }
    }

    /// Proves what was presented, as far as that is possible without the body.
    pub async fn verify(&self, request: &Request<'_>, presented: &Presented) -> Result<Verified, AuthError> {
        let service = self.check_scope(presented)?;
        let payload = Payload::of(request, presented, service)?;
        check_signed_headers(request, presented)?;
        window::check(presented, service, self.clock.now())?;
        let credential = self.find(presented).await?;
        let claim = Claim {
            key: self.keys.get(presented.credential.as_str(), &credential.secret),
            signed_at: presented.signed_at,
            scope: presented.credential.scope().to_owned(),
            signature: presented.signature,
        };
        let check = Check { request, presented, service, claim };
        let (body, path) = match payload.line() {
            Some(line) => {
                let path = check.claim.prove(self.readings(&check), &line)?.path;
                (check.body(&payload)?, path)
            }
            None => self.check_unnamed(check)?,
        };
        Ok(Verified { principal: credential.principal, body, path })
    }

    /// Proves a request whose body is all here; returns the body without framing.
    pub async fn verify_whole(
        &self,
        request: &Request<'_>,
        presented: &Presented,
        body: Bytes,
    ) -> Result<(Arc<Principal>, Bytes), AuthError> {
        let verified = self.verify(request, presented).await?;
        Ok((verified.principal, verified.body.whole(body)?))
    }

    fn check_scope(&self, presented: &Presented) -> Result<&Service, AuthError> {
        let services = &self.options.services;
        let service =
            services.iter().find(|service| service.name == presented.service()).ok_or_else(|| {
                let names: Vec<_> = services.iter().map(|service| format!("'{}'", service.name)).collect();
                AuthError::WrongScope(format!(
                    "Credential should be scoped to correct service: {}.",
                    names.join(" or ")
                ))
            })?;
        if presented.region() != self.options.region {
            return Err(AuthError::WrongScope(format!(
                "Credential should be scoped to a valid region: '{}'.",
                self.options.region
            )));
        }
        let day = presented.signed_at.day();
        if presented.date() != day {
            return Err(AuthError::WrongScope(format!(
                "Date in Credential scope does not match the day of the signature: '{}' != '{day}'.",
                presented.date()
            )));
        }
        Ok(service)
    }

    async fn find(&self, presented: &Presented) -> Result<Credential, AuthError> {
        let found = self.store.find(presented.access_key_id()).await.map_err(AuthError::Store)?;
        let credential = found.ok_or(AuthError::UnrecognizedClient)?;
        let token_fits = match (&credential.session_token, &presented.security_token) {
            (None, None) => true,
            (Some(expected), Some(given)) => expected.matches(given),
            _ => false,
        };
        if !token_fits {
            return Err(AuthError::UnrecognizedClient);
        }
        if credential.expires_at.is_some_and(|end| self.clock.now() >= end) {
            return Err(AuthError::ExpiredToken);
        }
        Ok(credential)
    }

    fn readings<'c>(&'c self, check: &'c Check<'_>) -> impl Iterator<Item = Reading> + 'c {
        readings(check.request, check.presented, check.service.paths, &self.options.host_aliases)
    }

    /// The body's hash was signed but not named: without a body it is known, else the end of it decides. A
    /// path that only fits once dot segments are removed is not accepted then: it would have to be routed
    /// before it is known.
    fn check_unnamed(&self, check: Check<'_>) -> Result<(BodyCheck, Option<String>), AuthError> {
        if check.request.bodyless {
            let empty = sha256(&[]);
            let path = check.claim.prove(self.readings(&check), &hex::encode(empty))?.path;
            return Ok((BodyCheck::new(Proof::hash(empty)), path));
        }
        let deferred = Deferred {
            hasher: Sha256::new(),
            held: None,
            readings: self.readings(&check).filter(|reading| reading.path.is_none()).collect(),
            claim: check.claim,
        };
        Ok((BodyCheck::new(Proof::Deferred(Box::new(deferred))), None))
    }
}

impl Check<'_> {
    fn body(self, payload: &Payload) -> Result<BodyCheck, AuthError> {
        Ok(match payload {
            Payload::Sha256(digest) => BodyCheck::new(Proof::hash(*digest)),
            Payload::Chunked { signed, trailer } => {
                let length = decoded_length(self.request)?;
                let signer = signed.then(|| ChunkSigner::new(self.claim));
                let trailers = Trailers::default();
                BodyCheck::chunked(Chunked::new(signer, *trailer, length, trailers.clone()), trailers)
            }
            Payload::Unsigned | Payload::Unnamed => BodyCheck::new(Proof::Unsigned),
        })
    }
}

fn decoded_length(request: &Request<'_>) -> Result<Option<u64>, AuthError> {
    let malformed = || AuthError::MalformedChunks("x-amz-decoded-content-length is no number");
    let text = request.single("x-amz-decoded-content-length").map_err(|()| malformed())?;
    text.map(|text| text.parse().map_err(|_| malformed())).transpose()
}

/// All `x-amz-` headers must be signed. The date, the payload's hash and the session token enter the signature
/// or are compared with what is known, so they may stand outside.
fn check_signed_headers(request: &Request<'_>, presented: &Presented) -> Result<(), AuthError> {
    let is_free =
        |name: &str| matches!(name, "x-amz-date" | "x-amz-security-token") || name == payload::HEADER;
    let is_signed = |name: &str| presented.signed_headers.split(';').any(|signed| signed == name);
    let names = request.headers.keys().map(http::HeaderName::as_str);
    let unsigned: Vec<_> =
        names.filter(|name| name.starts_with("x-amz-") && !is_free(name) && !is_signed(name)).collect();
    if unsigned.is_empty() { Ok(()) } else { Err(AuthError::UnsignedHeaders(unsigned.join(", "))) }
}
