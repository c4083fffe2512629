//! Keys and whom they belong to.

use std::fmt;
use std::sync::Arc;

use fault::Fault;
use stdx::{BoxFuture, Timestamp};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A text that must not be seen: redacted when printed, wiped when the last copy goes.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself, for those who must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares without telling, by the time it takes, where the difference lies.
    pub(crate) fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account, twelve digits.
    pub account: String,
    /// The caller's ARN, such as `arn:aws:iam::000000000000:root`.
    pub arn: String,
    /// The caller's unique id; for the root of an account, the account.
    pub user_id: String,
    /// The access key that proved it.
    pub access_key_id: String,
}

impl Principal {
    /// The root of an account, through one of its keys.
    pub fn root(account: impl Into<String>, access_key_id: impl Into<String>) -> Self {
        let account = account.into();
        Self {
            arn: format!("arn:aws:iam::{account}:root"),
            user_id: account.clone(),
            account,
            access_key_id: access_key_id.into(),
        }
    }
}

/// What a store knows of an access key.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The secret half of the key.
    pub secret: Secret,
    /// The session token that must come along; `None` for long-term keys, which take none.
    pub session_token: Option<Secret>,
    /// When the key ceases to be valid.
    pub expires_at: Option<Timestamp>,
    /// Whom the key belongs to.
    pub principal: Arc<Principal>,
}

impl Credential {
    /// A key without session token and without end.
    pub fn long_term(secret: Secret, principal: Principal) -> Self {
        Self { secret, session_token: None, expires_at: None, principal: Arc::new(principal) }
    }
}

/// Where access keys are looked up.
pub trait CredentialStore: Send + Sync + 'static {
    /// The credential of this access key, or `None` if nobody has it.
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Credential>, Fault>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert!(!format!("{secret:?}").contains("wJal"));
        assert!(secret.matches("wJalrXUtnFEMI") && !secret.matches("wJalrXUtnFEMi") && !secret.matches(""));
    }
}
