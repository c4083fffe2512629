//! Where a secret is kept. It is read for each request, so that a rotated one is used at once.

use std::path::PathBuf;

use inference::{ErrorKind, ModelError};
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

/// More than any provider's key or token has.
const LONGEST: u64 = 64 << 10;

/// Where a secret is kept; what it is, is known only while a request is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In this environment variable.
    Env(String),
    /// In this file, white space around it aside.
    File(PathBuf),
}

impl Secret {
    /// The secret as it is now.
    pub async fn read(&self) -> Result<Zeroizing<String>, ModelError> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|error| self.unreadable(&error)).map(Zeroizing::new)?
            }
            Self::File(path) => {
                let mut text = Zeroizing::new(String::new());
                let file = tokio::fs::File::open(path).await.map_err(|error| self.unreadable(&error))?;
                file.take(LONGEST)
                    .read_to_string(&mut text)
                    .await
                    .map_err(|error| self.unreadable(&error))?;
                text
            }
        };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(self.unreadable(&"it is empty"));
        }
        Ok(Zeroizing::new(trimmed.to_owned()))
    }

    /// That the secret cannot be had. An error's own text is not passed on where it could quote what was read.
    fn unreadable(&self, why: &dyn std::fmt::Display) -> ModelError {
        let message = match self {
            Self::Env(name) => format!("the API key in the environment variable {name} cannot be read"),
            Self::File(path) => format!("the API key in {} cannot be read: {why}", path.display()),
        };
        ModelError::new(ErrorKind::AccessDenied, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_secret_is_read_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let secret = Secret::File(path.clone());
        let error = secret.read().await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::AccessDenied);
        for text in ["first", "second"] {
            std::fs::write(&path, format!("  {text}\n")).unwrap();
            assert_eq!(secret.read().await.unwrap().as_str(), text);
        }
        std::fs::write(&path, " \n").unwrap();
        assert!(secret.read().await.unwrap_err().message().contains("empty"));
    }

    #[tokio::test]
    async fn a_variable_that_is_not_set_is_named() {
        let error = Secret::Env("FREEHOLD_NO_SUCH_KEY".to_owned()).read().await.unwrap_err();
        assert!(error.message().contains("FREEHOLD_NO_SUCH_KEY"), "{error}");
    }
}
