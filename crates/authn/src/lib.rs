//! Who is calling: AWS Signature Version 4 in all its forms, to a principal.
//!
//! A request goes through two steps, so that one port can serve several services:
//!
//! 1. [`Presented::parse`] reads what the caller claims, without believing it: the access key, and the region
//!    and service of the credential scope. The service tells the server which door to use.
//! 2. [`Verifier::verify`] proves the claim and yields the [`Principal`] with a [`BodyCheck`], which proves
//!    the body while it streams past and never lets a forged one end well.
//!
//! Both the `Authorization` header and presigned queries are understood, payloads may be hashed, unsigned or
//! sent in (signed) chunks. The accepted clock skew is AWS's: five minutes, fifteen for S3 and STS.
//!
//! Signature Version 4 has no nonce: whoever records a request can send it again, unchanged, until it leaves
//! that window (a presigned URL: until it expires). TLS keeps requests from being recorded; client tokens
//! make the repetition of a write harmless. Neither is this crate's business.

#![forbid(unsafe_code)]

mod amz_date;
mod body;
mod canonical;
mod claim;
mod credential;
mod error;
mod key;
mod payload;
mod presented;
mod readings;
mod request;
mod root_key;
mod service;
mod sign;
mod verify;
mod window;

pub use body::{BodyCheck, Trailers};
pub use credential::{Credential, CredentialStore, Principal, Secret};
pub use error::{AuthError, Dialect};
pub use presented::Presented;
pub use request::Request;
pub use root_key::{RootCredentials, RootKey, RootKeyError};
pub use service::Service;
pub use sign::{SignError, SignedBody, Signer};
pub use verify::{Options, Verified, Verifier};
