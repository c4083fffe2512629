//! Bodies and the shapes that occur in them again and again.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::refusal::Refusal;

/// The document in a body; what is wrong with it is told with the member where it is wrong.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data if path != "." => Refusal::member(path, error),
            serde_json::error::Category::Data => Refusal::invalid(error.to_string()),
            _ => Refusal::invalid(format!("The request's body is no JSON: {error}")),
        }
    })?;
    match reader.end() {
        Ok(()) => Ok(document),
        Err(error) => Err(Refusal::invalid(format!("The request's body is no JSON: {error}"))),
    }
}

/// A text, or a list of something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextOr<T> {
    Text(String),
    List(Vec<T>),
}

impl TextOr<String> {
    pub(crate) fn into_texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(texts) => texts,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = TextOr<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a list")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(TextOr::List)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Document {
        #[expect(dead_code, reason = "only its being read is looked at")]
        stop: TextOr<String>,
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |body: &str| parse::<Document>(body.as_bytes()).unwrap_err().message().to_owned();
        assert!(told(r#"{"stop":["a",7]}"#).starts_with("stop[1]: invalid type: integer `7`"));
        assert!(told(r#"{"stop":7}"#).contains("expected a text or a list"));
        assert!(told("{}").starts_with("missing field `stop`"));
        assert!(told("{").contains("is no JSON"));
        assert!(told(r#"{"stop":"a"} b"#).contains("is no JSON"));
        assert!(parse::<Document>(br#"{"stop":"a","other":[{}]}"#).is_ok());
    }
}
