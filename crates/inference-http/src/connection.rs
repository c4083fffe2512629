//! Where a provider is and how patient we are with it.

use std::fmt;
use std::time::Duration;

/// How to reach a provider.
#[derive(Clone)]
pub struct Connection {
    /// What the configuration calls the provider; errors name it.
    pub provider: String,
    /// The URL that the paths of its operations follow.
    pub base_url: String,
    /// Further headers for each request.
    pub headers: Vec<(String, String)>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How often a request that was not answered is sent again.
    pub retries: u32,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, encryption included.
    pub connect: Duration,
    /// For the head of the answer, once the request is on its way.
    pub first_byte: Duration,
    /// For the next piece of the answer.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(60),
        }
    }
}

impl Connection {
    /// A provider at this URL, with the usual patience.
    pub fn new(provider: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            base_url: base_url.into(),
            headers: Vec::new(),
            timeouts: Timeouts::default(),
            retries: 2,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers of an operator's own may hold anything, so only their names are shown.
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("Connection")
            .field("provider", &self.provider)
            .field("base_url", &self.base_url)
            .field("headers", &headers)
            .field("timeouts", &self.timeouts)
            .field("retries", &self.retries)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stdx::{SeededRng, SystemClock};

    use super::*;
    use crate::Http;

    #[test]
    fn what_headers_hold_is_shown_nowhere() {
        let header = |name: &str| (name.to_owned(), "sk-1 \u{1}".to_owned());
        let connection = Connection {
            headers: vec![header("x-key")],
            ..Connection::new("upstream", "https://models.invalid/v1")
        };
        let shown = format!("{connection:?}");
        assert!(shown.contains("x-key") && !shown.contains("sk-1"), "{shown}");
        let refused = Http::new(connection, Arc::new(SystemClock), Arc::new(SeededRng::new(1))).unwrap_err();
        assert_eq!(refused.message(), "provider upstream: x-key is no header");
    }
}
