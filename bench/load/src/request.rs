//! Requests, signed before the measurement begins: the same bytes may be sent again while the signature holds.

use anyhow::{Context, Result};
use authn::{Secret, Service, SignedBody, Signer};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use stdx::{Clock, SystemClock};

use crate::Arguments;

/// What stands in a body for the request's number, and for the last two digits of it.
const NUMBER: &str = "{n}";
const DIGITS: &str = "{nn}";

/// The requests: one that is sent over and over, or as many as are to differ by their number.
pub(crate) fn all(arguments: &Arguments) -> Result<Vec<Vec<u8>>> {
    if arguments.distinct == 0 {
        return Ok(vec![bytes(arguments, &arguments.body)?]);
    }
    let body = |number: usize| {
        let digits = format!("{:02}", number % 100);
        arguments.body.replace(NUMBER, &number.to_string()).replace(DIGITS, &digits)
    };
    (0..arguments.distinct).map(|number| bytes(arguments, &body(number))).collect()
}

/// The bytes of a request with this body.
fn bytes(arguments: &Arguments, body: &str) -> Result<Vec<u8>> {
    let request = Request::builder()
        .method(arguments.method.clone())
        .uri(format!("http://{}{}", arguments.address, arguments.target));
    let (mut parts, ()) = request.body(())?.into_parts();
    for header in &arguments.headers {
        let (name, value) = header.split_once(':').context("a header is `name: value`")?;
        let name = HeaderName::from_bytes(name.trim().to_ascii_lowercase().as_bytes())?;
        parts.headers.insert(name, HeaderValue::from_str(value.trim())?);
    }
    match arguments.service.as_str() {
        "none" => {
            let host = HeaderValue::from_str(&arguments.address.to_string())?;
            parts.headers.insert(http::header::HOST, host);
        }
        service => sign(&mut parts, service, body)?,
    }
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, arguments.target).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    Ok(bytes)
}

fn sign(parts: &mut Parts, service: &str, body: &str) -> Result<()> {
    let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let signer = Signer {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(variable("AWS_SECRET_ACCESS_KEY")?),
        session_token: None,
        region: variable("AWS_REGION")?,
        service: Service::new(service),
    };
    signer.sign(parts, SignedBody::Bytes(body.as_bytes()), SystemClock.now())?;
    Ok(())
}
