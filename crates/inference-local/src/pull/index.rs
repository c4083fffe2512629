//! A Python package index, by the oldest of its interfaces, which every mirror has: a page of links (PEP 503).

use std::env;

use reqwest::Url;

use super::download::{Downloads, parse};
use super::{Digest, PullError};

const PYPI: &str = "https://pypi.org/simple";
/// The most that a package's page may have.
const LARGEST_PAGE: u64 = 16 << 20;
const ACCEPT: &str = "application/vnd.pypi.simple.v1+html, text/html;q=0.5";

/// A wheel to download.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wheel {
    pub(super) url: String,
    pub(super) digest: Digest,
}

/// The wheel of a package that any Python can use: of this version, or of the newest that is not withdrawn.
pub(super) async fn resolve(
    downloads: &Downloads,
    name: &str,
    version: Option<&str>,
) -> Result<Wheel, PullError> {
    let index = env::var("PIP_INDEX_URL").ok().filter(|url| !url.is_empty());
    let index = index.unwrap_or_else(|| PYPI.to_owned());
    let page = parse(&format!("{}/{}/", index.trim_end_matches('/'), normal(name)))?;
    let here = page.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if page.scheme() != "https" && !here {
        let what = "PIP_INDEX_URL is not https: nobody could say whose digests it gives".to_owned();
        return Err(PullError::Source { what });
    }
    let text = downloads.text(&page, ACCEPT, LARGEST_PAGE).await?;
    choose(&page, &text, name, version)
}

fn choose(page: &Url, text: &str, name: &str, version: Option<&str>) -> Result<Wheel, PullError> {
    let wheels = links(text).filter_map(|link| Candidate::parse(page, &link)).filter(|wheel| {
        normal(&wheel.package) == normal(name)
            && match version {
                Some(version) => wheel.version == version,
                None => !wheel.withdrawn && wheel.order().is_some(),
            }
    });
    let newest = wheels.max_by_key(Candidate::order);
    let none = || {
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        let what =
            format!("the package index has no wheel for any Python, with a SHA-256, of {name}{version}");
        PullError::NotInIndex(what)
    };
    newest.map(|wheel| Wheel { url: wheel.url, digest: wheel.digest }).ok_or_else(none)
}

/// A wheel that the page has.
struct Candidate {
    url: String,
    digest: Digest,
    package: String,
    version: String,
    withdrawn: bool,
}

impl Candidate {
    fn parse(page: &Url, link: &Link<'_>) -> Option<Self> {
        let mut url = page.join(&link.target.replace("&amp;", "&")).ok()?;
        let digest = url.fragment()?.strip_prefix("sha256=")?.parse().ok()?;
        url.set_fragment(None);
        let file = url.path_segments()?.next_back()?.strip_suffix("-none-any.whl")?;
        let mut parts = file.split('-');
        let (package, version) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { url: url.into(), digest, package, version, withdrawn: link.withdrawn })
    }

    /// By which versions are compared; `None` for those that are not releases.
    fn order(&self) -> Option<Vec<u64>> {
        self.version.split('.').map(|part| part.parse().ok()).collect()
    }
}

struct Link<'a> {
    target: &'a str,
    withdrawn: bool,
}

/// The page's links. A page is a list of `<a href="…" …>file</a>`; whatever else is in it is passed over.
fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    text.split("<a ").skip(1).filter_map(|rest| {
        let (tag, _) = rest.split_once('>')?;
        let (_, rest) = tag.split_once("href=\"")?;
        let (target, _) = rest.split_once('"')?;
        Some(Link { target, withdrawn: tag.contains("data-yanked") })
    })
}

/// A package's name as indexes spell it: lower case, one hyphen for each run of separators.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";

    fn chosen(page: &str, version: Option<&str>) -> Option<String> {
        let base = Url::parse("https://index.example/simple/a-model/").unwrap();
        choose(&base, page, "A_Model", version).ok().map(|wheel| wheel.url)
    }

    fn link(file: &str, more: &str) -> String {
        format!(
            "<a href=\"../../files/{file}#sha256={ONE}\" data-requires-python=\"&gt;=3.8\" {more}>x</a>\n"
        )
    }

    #[test]
    fn the_newest_release_is_chosen() {
        let page = [
            link("a_model-0.9.0-py3-none-any.whl", ""),
            link("a_model-0.10.0-py3-none-any.whl", ""),
            link("a_model-0.11.0-py3-none-any.whl", "data-yanked=\"broken\""),
            link("a_model-1.0rc1-py3-none-any.whl", ""),
            link("a_model-2.0.0-cp311-cp311-manylinux_2_28_x86_64.whl", ""),
            link("a_model-3.0.0.tar.gz", ""),
            link("another-4.0.0-py3-none-any.whl", ""),
        ]
        .concat();
        let files = "https://index.example/files/";
        assert_eq!(chosen(&page, None), Some(format!("{files}a_model-0.10.0-py3-none-any.whl")));
        assert_eq!(chosen(&page, Some("1.0rc1")), Some(format!("{files}a_model-1.0rc1-py3-none-any.whl")));
        assert_eq!(chosen(&page, Some("0.11.0")), Some(format!("{files}a_model-0.11.0-py3-none-any.whl")));
        assert_eq!(chosen(&page, Some("7")), None);
    }

    #[test]
    fn a_wheel_without_a_digest_is_none() {
        let page = link("a_model-1.0-py3-none-any.whl", "").replace("#sha256=", "#md5=");
        assert_eq!(chosen(&page, None), None);
        assert_eq!(chosen("<a href=\"<a href=>\"#sha256=", None), None);
    }
}
