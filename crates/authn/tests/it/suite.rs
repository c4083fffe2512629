//! AWS's published vectors; `../aws-signing-test-suite/README.md` says where they come from.

use std::fs;
use std::path::{Path, PathBuf};

use authn::{AuthError, Verifier};

use crate::support::{SIGNED_AT, Text, verifier_at, verify};

const FORMS: [&str; 2] = ["header", "query"];

fn vectors() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws-signing-test-suite/v4");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn read(folder: &Path, form: &str, file: &str) -> String {
    fs::read_to_string(folder.join(format!("{form}-{file}.txt"))).unwrap()
}

/// A verifier that knows the key, and perhaps the session token, of a vector.
fn verifier(folder: &Path) -> Verifier {
    let context = fs::read(folder.join("context.json")).unwrap();
    let context: serde_json::Value = serde_json::from_slice(&context).unwrap();
    verifier_at(SIGNED_AT, context["credentials"]["token"].as_str())
}

/// The same request with another signature.
fn forge(text: &str) -> String {
    let start = text.find("Signature=").unwrap() + "Signature=".len();
    format!("{}{}{}", &text[..start], "0".repeat(64), &text[start + 64..])
}

#[tokio::test]
async fn every_vector_passes_in_both_forms() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 38);
    for folder in vectors {
        for form in FORMS {
            let text = read(&folder, form, "signed-request");
            let verified = verify(&verifier(&folder), &Text::parse(&text)).await;
            assert!(verified.is_ok(), "{} in the {form}: {verified:?}", folder.display());
        }
    }
}

#[tokio::test]
async fn a_wrong_signature_is_answered_with_the_canonical_request_of_the_suite() {
    for folder in vectors() {
        for form in FORMS {
            let text = forge(&read(&folder, form, "signed-request"));
            let refused = verify(&verifier(&folder), &Text::parse(&text)).await;
            let Err(AuthError::SignatureDoesNotMatch { canonical: Some(canonical), .. }) = refused else {
                panic!("{} in the {form}: {refused:?}", folder.display());
            };
            // Shown is the likeliest reading: the path as sent, the session token signed.
            let name = folder.file_name().unwrap().to_string_lossy();
            if name.ends_with("-normalized") || (name == "post-sts-header-after" && form == "query") {
                continue;
            }
            assert_eq!(canonical, read(&folder, form, "canonical-request"), "{name} in the {form}");
        }
    }
}
