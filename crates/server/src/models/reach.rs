//! How a provider over the network is reached.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::models::{Provider, ProviderKind, Secret as Written};
use inference::ModelError;
use inference_http::{
    BedrockCredentials, Connection, Http, Secret, Timeouts, anthropic, bedrock, chat_completions, gemini,
};
use stdx::{Clock, Rng};

/// What reaching providers takes.
#[derive(Clone)]
pub(super) struct Reach {
    /// Paths in the file are relative to this.
    pub(super) directory: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
}

impl Reach {
    /// The provider's connections.
    pub(super) fn http(&self, name: &str, table: &Provider) -> Result<Http, ModelError> {
        let base_url = table.base_url.clone().unwrap_or_else(|| match table.kind {
            ProviderKind::Anthropic => anthropic::BASE_URL.to_owned(),
            ProviderKind::Gemini => gemini::BASE_URL.to_owned(),
            ProviderKind::Bedrock => bedrock::base_url(region(table)),
            ProviderKind::OpenAi | ProviderKind::OpenAiResponses | ProviderKind::Scripted => {
                chat_completions::BASE_URL.to_owned()
            }
        });
        let usual = Connection::new(name, base_url);
        let patience = |seconds: Option<u64>, usual| seconds.map_or(usual, Duration::from_secs);
        let connection = Connection {
            headers: table.headers.clone().into_iter().collect(),
            retries: table.retries.unwrap_or(usual.retries),
            timeouts: Timeouts {
                connect: patience(table.connect_seconds, usual.timeouts.connect),
                first_byte: patience(table.first_byte_seconds, usual.timeouts.first_byte),
                idle: patience(table.idle_seconds, usual.timeouts.idle),
            },
            ..usual
        };
        Http::new(connection, Arc::clone(&self.clock), Arc::clone(&self.rng))
    }

    /// Where the secret lies.
    pub(super) fn secret(&self, written: &Written) -> Secret {
        match written {
            Written::Env(name) => Secret::Env(name.clone()),
            Written::File(path) => Secret::File(self.file(path)),
        }
    }

    /// The API key, if the table names one.
    pub(super) fn key(&self, table: &Provider) -> Option<Secret> {
        table.api_key.as_ref().map(|key| self.secret(key))
    }

    /// What proves to Bedrock who we are: what the table says, else where AWS's own programs look.
    pub(super) fn credentials(&self, table: &Provider) -> BedrockCredentials {
        let optional = |secret: &Option<Written>| secret.as_ref().map(|secret| self.secret(secret));
        if let Some(key) = self.key(table) {
            return BedrockCredentials::ApiKey(key);
        }
        if let (Some(access_key_id), Some(secret_access_key)) =
            (optional(&table.access_key_id), optional(&table.secret_access_key))
        {
            let session_token = optional(&table.session_token);
            return BedrockCredentials::Keys { access_key_id, secret_access_key, session_token };
        }
        match &table.profile {
            Some(name) => BedrockCredentials::Profile { name: name.clone(), file: None },
            None => BedrockCredentials::Usual,
        }
    }

    /// A path in the models file.
    pub(super) fn file(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }
}

/// The region; the check of the file sees to it that there is one.
pub(super) fn region(table: &Provider) -> &str {
    table.region.as_deref().unwrap_or("us-east-1")
}
