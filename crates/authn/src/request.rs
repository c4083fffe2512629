//! The parts of a request that signatures are about.

use http::HeaderMap;
use http::request::Parts;

/// A borrowed view of a request, with path and query as they came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The path before any decoding.
    pub path: &'r str,
    /// The query before any decoding, without the question mark; empty if there is none.
    pub query: &'r str,
    /// The authority of the request target: HTTP/2 and proxies send it in place of `Host`.
    pub authority: Option<&'r str>,
    /// All headers.
    pub headers: &'r HeaderMap,
    /// Known to come without a body, so that nothing has to be awaited to know the body's hash.
    pub bodyless: bool,
}

impl Request<'_> {
    /// Says whether the request is known to have no body, as the transport sees it.
    #[must_use]
    pub fn bodyless(mut self, bodyless: bool) -> Self {
        self.bodyless = bodyless;
        self
    }

    /// The value of a header that may come once only; `Err` if it comes twice or is not text.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&str>, ()> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(());
        }
        first.map(|value| value.to_str().map_err(|_| ())).transpose()
    }
}

impl<'r> From<&'r Parts> for Request<'r> {
    fn from(parts: &'r Parts) -> Self {
        let length = parts.headers.get(http::header::CONTENT_LENGTH);
        Self {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            authority: parts.uri.authority().map(http::uri::Authority::as_str),
            headers: &parts.headers,
            bodyless: length.is_some_and(|length| length == "0"),
        }
    }
}
