//! Pictures and files that travel inside a request.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use inference::{Document, Image};
use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const PLAIN: &str = "text/plain";
/// What files without a media type are, by the end of their names.
const BY_NAME: [(&str, &str); 12] = [
    ("pdf", "application/pdf"),
    ("txt", PLAIN),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// The picture in a `data:` URL. Nothing is fetched: a server that fetches what strangers name can be sent anywhere.
pub(crate) fn image(url: &str, path: &str) -> Result<Image, Refusal> {
    let Some(read) = read(url) else {
        return Err(Refusal::member(path, "pictures are not fetched; send the bytes as a `data:` URL"));
    };
    let (media_type, bytes) = read.map_err(|wrong| Refusal::member(path, wrong))?;
    if !media_type.starts_with("image/") {
        let message = format!("a picture's media type begins with image/, not {media_type}");
        return Err(Refusal::member(path, message));
    }
    Ok(Image { media_type, bytes })
}

/// The document in a `data:` URL, or in bare base64 under a name that says what it is.
pub(crate) fn document(data: &str, name: Option<&str>, path: &str) -> Result<Document, Refusal> {
    let at_fault = |wrong: &'static str| Refusal::member(path, wrong);
    let (media_type, bytes) = match read(data) {
        Some(read) => read.map_err(at_fault)?,
        None => {
            let known = name.and_then(by_name).ok_or_else(|| {
                at_fault("send a `data:` URL with the file's media type, or a file name that tells it")
            })?;
            (known.to_owned(), decode(data).map_err(at_fault)?)
        }
    };
    Ok(Document { media_type, name: name.unwrap_or("document").to_owned(), bytes })
}

fn by_name(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    BY_NAME.iter().find(|(known, _)| end.eq_ignore_ascii_case(known)).map(|(_, media_type)| *media_type)
}

/// Media type and content; `None` if this is no `data:` URL.
fn read(url: &str) -> Option<Result<(String, Bytes), &'static str>> {
    let scheme = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"))?;
    let Some((head, data)) = url[scheme.len()..].split_once(',') else {
        return Some(Err("a `data:` URL has a comma before its content"));
    };
    let mut words = head.split(';');
    let media_type = match words.next().unwrap_or_default().trim() {
        "" => PLAIN.to_owned(),
        named => named.to_ascii_lowercase(),
    };
    let bytes = if words.any(|word| word.trim().eq_ignore_ascii_case("base64")) {
        decode(data)
    } else {
        Ok(percent_decode_str(data).collect::<Vec<u8>>().into())
    };
    Some(bytes.map(|bytes| (media_type, bytes)))
}

fn decode(data: &str) -> Result<Bytes, &'static str> {
    LENIENT.decode(data.trim()).map(Bytes::from).map_err(|_| "its content is no base64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_are_read_with_and_without_base64() {
        for (url, media_type, bytes) in [
            ("data:image/png;base64,AAEC", "image/png", &b"\0\x01\x02"[..]),
            ("DATA:image/PNG;charset=x;BASE64,AAE=", "image/png", b"\0\x01"),
            ("data:image/png;base64,AAE", "image/png", b"\0\x01"),
            ("data:image/svg+xml,%3Csvg%2F%3E", "image/svg+xml", b"<svg/>"),
        ] {
            let image = image(url, "x").unwrap();
            assert_eq!((image.media_type.as_str(), &image.bytes[..]), (media_type, bytes), "{url}");
        }
        assert_eq!(document("data:,hello", None, "x").unwrap().media_type, PLAIN);
    }

    #[test]
    fn bare_base64_needs_a_name_that_says_what_it_is() {
        assert_eq!(document("AAE=", Some("a.PDF"), "x").unwrap().media_type, "application/pdf");
        for name in [None, Some("a"), Some("a.exe")] {
            assert!(document("AAE=", name, "x").is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_told() {
        for (url, why) in [
            ("https://example.com/a.png", "not fetched"),
            ("data:image/png;base64", "comma"),
            ("data:image/png;base64,***", "no base64"),
            ("data:text/plain,a", "image/"),
            ("dataä", "not fetched"),
        ] {
            let refusal = image(url, "messages[0]").unwrap_err();
            assert!(refusal.message().contains(why), "{url}: {}", refusal.message());
        }
    }
}
