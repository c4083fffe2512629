//! The provider's own words in a refusal.

use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

/// No message that helps is longer.
const LONGEST: usize = 1_000;

/// What a provider says about a refusal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its name for the error, such as `context_length_exceeded`.
    pub(crate) code: Option<String>,
    /// Its message.
    pub(crate) message: Option<String>,
    /// How long it wants us to wait, where it says so in the body.
    pub(crate) retry_after: Option<Duration>,
}

impl Told {
    /// What is said in the headers and the body of an answer.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let mut told = serde_json::from_slice(body).map_or_else(|_| Self::default(), |body| Self::of(&body));
        // AWS names its errors in a header: `Name:http://…`.
        let named = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let named = named.and_then(|value| value.split(':').next()).map(str::to_owned);
        told.code = named.or(told.code);
        told
    }

    /// What is said in a JSON body. The shapes: `{"error": {"message", "type", "code"}}` of OpenAI, Anthropic and
    /// (in a list, too, with `status`) Google; `{"error": "…"}`; `{"message": "…"}` of AWS; `{"detail": …}`.
    pub(crate) fn of(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        let error = body.get("error").unwrap_or(body);
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let code = ["code", "status", "type", "__type"].iter().find_map(|name| text(error, name));
        let message = match error {
            Value::String(message) => Some(message.clone()),
            error => ["message", "Message", "detail", "msg"].iter().find_map(|name| text(error, name)),
        };
        let detailed = || body.get("detail").filter(|detail| !detail.is_null()).map(Value::to_string);
        let message = message.or_else(detailed).filter(|message| !message.trim().is_empty());
        Self { code, message: message.map(|message| readable(&message)), retry_after: retry_delay(error) }
    }
}

/// Google's way to say it: `{"details": [{"retryDelay": "3.5s"}]}`.
fn retry_delay(error: &Value) -> Option<Duration> {
    let details = error.get("details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
    Duration::try_from_secs_f64(delay.strip_suffix('s')?.parse().ok()?).ok()
}

/// A message that fits a line: no control characters, and not without end.
fn readable(message: &str) -> String {
    let line = message.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = line.take(LONGEST).collect();
    if short.len() < message.trim().len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, code: Option<&str>, message: Option<&str>) {
        let told = Told::read(&HeaderMap::new(), body.as_bytes());
        assert_eq!((told.code.as_deref(), told.message.as_deref()), (code, message), "{body}");
    }

    #[test]
    fn every_provider_s_shape_is_understood() {
        check(
            r#"{"error":{"message":"No such model","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            Some("model_not_found"),
            Some("No such model"),
        );
        check(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#,
            Some("overloaded_error"),
            Some("Overloaded"),
        );
        check(
            r#"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#,
            Some("RESOURCE_EXHAUSTED"),
            Some("Quota"),
        );
        check(r#"{"error":"model \"x\" not found"}"#, None, Some(r#"model "x" not found"#));
        check(
            r#"{"object":"error","message":"too\nlong","type":"BadRequestError","code":400}"#,
            Some("BadRequestError"),
            Some("too long"),
        );
        check(
            r#"{"detail":[{"loc":["body"],"msg":"missing"}]}"#,
            None,
            Some(r#"[{"loc":["body"],"msg":"missing"}]"#),
        );
        for nothing in [
            "",
            "<html>Bad Gateway</html>",
            "null",
            "[]",
            "{}",
            "7",
            r#"{"error":null}"#,
            r#"{"error":{"message":7}}"#,
        ] {
            check(nothing, None, None);
        }
    }

    #[test]
    fn google_says_in_the_body_how_long_to_wait() {
        for (delay, expected) in [
            (r#""3.5s""#, Some(Duration::from_millis(3_500))),
            (r#""3""#, None),
            (r#""-1s""#, None),
            (r#""1e300s""#, None),
            ("3", None),
        ] {
            let info =
                format!(r#"{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{delay}}}"#);
            let body = format!(r#"{{"error":{{"code":429,"details":[{{"@type":"x"}},{info}]}}}}"#);
            assert_eq!(Told::read(&HeaderMap::new(), body.as_bytes()).retry_after, expected, "{delay}");
        }
    }

    #[test]
    fn aws_names_its_errors_in_a_header() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-errortype", "ThrottlingException:http://internal/".parse().unwrap());
        let told = Told::read(&headers, br#"{"message":"Too many"}"#);
        assert_eq!(told.code.as_deref(), Some("ThrottlingException"));
        assert_eq!(told.message.as_deref(), Some("Too many"));
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let body = serde_json::json!({"message": "ä".repeat(5_000)}).to_string();
        let told = Told::read(&HeaderMap::new(), body.as_bytes());
        assert_eq!(told.message.unwrap().chars().count(), LONGEST + 1);
    }
}
