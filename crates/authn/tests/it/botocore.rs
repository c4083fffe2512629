//! Requests signed by botocore itself: `../botocore/generate.py` called its signers, `../botocore/capture.py` let
//! boto3's clients call a server.

use authn::{AuthError, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::support::{SIGNED_AT, Text, credential, verifier_with, verify};

const ALIAS: &str = "bedrock-agentcore.us-east-1.amazonaws.com";

#[derive(Deserialize)]
struct Vector {
    name: String,
    token: Option<String>,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    decoded: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        let files = [include_str!("../botocore/vectors.json"), include_str!("../botocore/captured.json")];
        files.iter().flat_map(|file| serde_json::from_str::<Vec<Self>>(file).unwrap()).collect()
    }

    fn request(&self) -> Text {
        let mut request = Text::new(&self.method, &self.path);
        request.query.clone_from(&self.query);
        for (name, value) in &self.headers {
            request.add(name, value);
        }
        request.body = STANDARD.decode(&self.body).unwrap().into();
        request
    }

    fn verifier(&self) -> Verifier {
        verifier_with(SIGNED_AT, credential(self.token.as_deref()), &[ALIAS])
    }
}

#[tokio::test]
async fn what_botocore_signs_is_proven() {
    for vector in Vector::all() {
        let body = verify(&vector.verifier(), &vector.request()).await;
        let body = body.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(body, STANDARD.decode(&vector.decoded).unwrap(), "{}", vector.name);
    }
}

#[tokio::test]
async fn another_path_query_or_method_is_refused() {
    for vector in Vector::all() {
        let verifier = vector.verifier();
        let changes: [fn(&mut Text); 4] = [
            |request| request.path.push_str("/x"),
            |request| request.path = request.path.replace("%3A", ":") + "%2F",
            |request| request.query.push_str("&x=y"),
            |request| request.method.push('X'),
        ];
        for change in changes {
            let mut request = vector.request();
            change(&mut request);
            let refused = verify(&verifier, &request).await;
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch { .. })), "{}", vector.name);
        }
    }
}

#[tokio::test]
async fn a_plus_does_not_stand_for_what_was_signed_as_a_space_or_a_plus() {
    let mut checked = 0;
    for vector in Vector::all() {
        for encoded in ["%20", "%2B"] {
            let mut request = vector.request();
            if !request.query.contains(encoded) {
                continue;
            }
            request.query = request.query.replace(encoded, "+");
            let refused = verify(&vector.verifier(), &request).await;
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch { .. })), "{}", vector.name);
            checked += 1;
        }
    }
    assert!(checked >= 4);
}

#[tokio::test]
async fn a_host_that_is_no_alias_is_refused() {
    for vector in Vector::all() {
        let mut request = vector.request();
        request.set("host", "example.com");
        let proven = verify(&vector.verifier(), &request).await.is_ok();
        assert_eq!(proven, vector.name == "a host alias", "{}", vector.name);
    }
}
