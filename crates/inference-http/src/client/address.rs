//! Where a provider is.

use http::Uri;
use http::uri::Scheme;

/// The URL that the paths of a provider's operations follow.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Scheme, host and the beginning of the path, without a slash at the end.
    beginning: String,
    /// What follows every path: some want a version there.
    query: Option<String>,
    host: String,
}

impl Address {
    /// The address, or what is wrong with it.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.trim().parse().map_err(|_| "base-url is no URL")?;
        if uri.scheme() != Some(&Scheme::HTTP) && uri.scheme() != Some(&Scheme::HTTPS) {
            return Err("base-url must begin with https:// or http://");
        }
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("base-url names no host");
        };
        if authority.as_str().contains('@') {
            return Err("base-url must not hold credentials; name their place with api-key");
        }
        let beginning = format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/'));
        let (query, host) = (uri.query().map(str::to_owned), authority.host().to_owned());
        Ok(Self { beginning, query, host })
    }

    /// The URL of an operation; its path begins with a slash and may end with a query.
    pub(super) fn with(&self, path: &str) -> String {
        let Self { beginning, query, .. } = self;
        match query {
            None => format!("{beginning}{path}"),
            Some(query) => format!("{beginning}{path}{}{query}", if path.contains('?') { '&' } else { '?' }),
        }
    }

    /// The host.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is on this machine, where no proxy leads.
    pub(super) fn is_local(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: std::net::IpAddr| address.is_loopback();
        self.host == "localhost" || address.parse().is_ok_and(is_loopback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_and_queries_stay_behind() {
        for (url, expected) in [
            ("https://h/v1", "https://h/v1/chat?a=1"),
            ("https://h:8/v1//", "https://h:8/v1/chat?a=1"),
            ("http://h", "http://h/chat?a=1"),
            ("https://h/v1?api-version=2", "https://h/v1/chat?a=1&api-version=2"),
        ] {
            assert_eq!(Address::parse(url).unwrap().with("/chat?a=1"), expected);
        }
        assert_eq!(Address::parse("https://h/?v=2").unwrap().with("/chat"), "https://h/chat?v=2");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for url in ["", "h/v1", "/v1", "ftp://h", "https://", "https://u:secret@h/v1", "https://h h"] {
            let wrong = Address::parse(url).unwrap_err();
            assert!(!wrong.contains("secret"), "{url}: {wrong}");
        }
    }

    #[test]
    fn this_machine_is_known() {
        for url in ["http://localhost:1", "http://127.0.0.1", "http://127.9.9.9:1/v1", "http://[::1]:1"] {
            assert!(Address::parse(url).unwrap().is_local(), "{url}");
        }
        assert!(!Address::parse("http://10.0.0.1").unwrap().is_local());
    }
}
