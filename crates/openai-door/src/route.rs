//! Where a request goes.

use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/chat/completions`
    Chat,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `GET /v1/models`
    Models,
    /// `GET /v1/models/{id}`
    Model(String),
}

const EXIST: &str = "POST /v1/chat/completions, POST /v1/responses, POST /v1/embeddings, GET /v1/models and \
                     GET /v1/models/{id}";

impl Route {
    /// What every path of this API begins with.
    pub const PREFIX: &'static str = "/v1/";

    /// The route of a request with this method and this path.
    pub fn of(method: &str, path: &str) -> Result<Self, Refusal> {
        let (wants, route) = match path.strip_prefix(Self::PREFIX).unwrap_or(path).trim_end_matches('/') {
            "chat/completions" => ("POST", Self::Chat),
            "responses" => ("POST", Self::Responses),
            "embeddings" => ("POST", Self::Embeddings),
            "models" => ("GET", Self::Models),
            other => match other.strip_prefix("models/") {
                Some(id) => ("GET", Self::Model(percent_decode_str(id).decode_utf8_lossy().into_owned())),
                None => {
                    return Err(Refusal::no_path(format!("Nothing has the path {path}. There are {EXIST}.")));
                }
            },
        };
        if method != wants {
            return Err(Refusal::no_method(format!("{path} takes {wants}, not {method}.")));
        }
        Ok(route)
    }

    /// What the metrics call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chat => "CreateChatCompletion",
            Self::Responses => "CreateResponse",
            Self::Embeddings => "CreateEmbedding",
            Self::Models => "ListModels",
            Self::Model(_) => "RetrieveModel",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_and_misses_are_told_apart() {
        assert_eq!(Route::of("POST", "/v1/chat/completions"), Ok(Route::Chat));
        assert_eq!(Route::of("POST", "/v1/responses/"), Ok(Route::Responses));
        let named = Route::Model("global.anthropic/claude 4".to_owned());
        assert_eq!(Route::of("GET", "/v1/models/global.anthropic/claude%204"), Ok(named));
        for (method, path, status) in [
            ("GET", "/v1/chat/completions", 405),
            ("DELETE", "/v1/models/a", 405),
            ("POST", "/v1/audio/speech", 404),
            ("GET", "/v1/responses/resp_1", 404),
            ("GET", "/v1/", 404),
        ] {
            assert_eq!(Route::of(method, path).unwrap_err().status, status, "{method} {path}");
        }
    }
}
