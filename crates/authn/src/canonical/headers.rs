//! The headers of the canonical request.

use http::HeaderMap;

/// Writes the signed headers, each value trimmed and its inner spaces made one; `host` stands for the Host
/// header, which clients, proxies and HTTP/2 spell in several ways.
pub(crate) fn write(out: &mut Vec<u8>, headers: &HeaderMap, signed: &str, host: &str) {
    for name in signed.split(';') {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        if name == "host" {
            out.extend_from_slice(host.as_bytes());
        } else {
            for (index, value) in headers.get_all(name).iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_trimmed(out, value.as_bytes());
            }
        }
        out.push(b'\n');
    }
}

fn write_trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_trimmed_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("my-header", "  a   b\tc ".parse().unwrap());
        headers.append("my-header", "d".parse().unwrap());
        headers.append("host", "ignored".parse().unwrap());
        let mut out = Vec::new();
        write(&mut out, &headers, "absent;host;my-header", "example.com");
        assert_eq!(String::from_utf8(out).unwrap(), "absent:\nhost:example.com\nmy-header:a b c,d\n");
    }
}
