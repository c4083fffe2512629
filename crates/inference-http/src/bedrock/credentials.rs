//! With what we go to AWS.

use std::path::PathBuf;

use authn::Secret as Held;
use inference::{ErrorKind, ModelError};
use zeroize::Zeroizing;

use super::profile;
use crate::secret::Secret;

/// Where AWS's own programs look for a Bedrock API key.
const API_KEY: &str = "AWS_BEARER_TOKEN_BEDROCK";
const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
const PROFILE: &str = "AWS_PROFILE";

/// Where the credentials for AWS are. They are read for each request, so that rotated ones are used at once.
///
/// What has to be asked for over the network first (the machine's role, single sign-on) is not supported: whoever
/// has such credentials lets a program of theirs keep a profile's file fresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BedrockCredentials {
    /// Where AWS's own programs look, in their order: a Bedrock API key in `AWS_BEARER_TOKEN_BEDROCK`, keys in
    /// `AWS_ACCESS_KEY_ID` and its companions, the profile that `AWS_PROFILE` names.
    #[default]
    Usual,
    /// A Bedrock API key.
    ApiKey(Secret),
    /// An access key.
    Keys {
        /// Its id.
        access_key_id: Secret,
        /// Its secret.
        secret_access_key: Secret,
        /// The token of a short-term key.
        session_token: Option<Secret>,
    },
    /// A profile of a credentials file.
    Profile {
        /// Its name.
        name: String,
        /// The file; the usual one where none is named.
        file: Option<PathBuf>,
    },
}

/// Credentials as they are now.
#[derive(Clone)]
pub(super) enum Found {
    /// A Bedrock API key.
    ApiKey(Zeroizing<String>),
    /// An access key, to sign with.
    Keys(Keys),
}

/// An access key.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret: Held,
    pub(super) session_token: Option<Held>,
}

impl BedrockCredentials {
    pub(super) async fn read(&self) -> Result<Found, ModelError> {
        match self {
            Self::Usual => usual().await,
            Self::ApiKey(key) => key.read().await.map(Found::ApiKey),
            Self::Keys { access_key_id, secret_access_key, session_token } => {
                let session_token = match session_token {
                    Some(token) => Some(Held::new(token.read().await?.as_str())),
                    None => None,
                };
                let access_key_id = access_key_id.read().await?.to_string();
                let secret = Held::new(secret_access_key.read().await?.as_str());
                Ok(Found::Keys(Keys { access_key_id, secret, session_token }))
            }
            Self::Profile { name, file } => profile::read(name, file.as_deref()).await.map(Found::Keys),
        }
    }
}

async fn usual() -> Result<Found, ModelError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let secret = |name: &str| Secret::Env(name.to_owned());
    let chosen = if variable(API_KEY).is_some() {
        BedrockCredentials::ApiKey(secret(API_KEY))
    } else if variable(ACCESS_KEY_ID).is_some() {
        BedrockCredentials::Keys {
            access_key_id: secret(ACCESS_KEY_ID),
            secret_access_key: secret(SECRET_ACCESS_KEY),
            session_token: variable(SESSION_TOKEN).map(|_| secret(SESSION_TOKEN)),
        }
    } else {
        let name = variable(PROFILE).unwrap_or_else(|| "default".to_owned());
        BedrockCredentials::Profile { name, file: None }
    };
    // Boxed, since what is chosen is never this case again, which the compiler cannot know.
    Box::pin(chosen.read()).await
}

/// That there are no credentials to be had.
pub(super) fn denied(what: impl Into<String>) -> ModelError {
    ModelError::new(ErrorKind::AccessDenied, what)
}
