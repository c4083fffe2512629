//! Page tokens and fingerprints.

use http::HeaderMap;
use proptest::prelude::*;
use restjson::{Call, Operation, PageTokens};
use serde_json::{Value, json};

use control_api::memories::{CreateMemory, ListMemories};
use data_api::memories::ListEvents;

use crate::client::context;

fn call<O: Operation>(input: &Value) -> Call {
    Call::new(O::SPEC, context(), HeaderMap::new(), input)
}

fn events(changes: &Value) -> Call {
    let mut input = json!({ "memoryId": "m", "sessionId": "s", "actorId": "a" });
    for (name, value) in changes.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    call::<ListEvents>(&input)
}

#[test]
fn a_token_continues_its_own_listing_only() {
    let tokens = PageTokens::new(&[7; 32]);
    let token = tokens.seal(&events(&json!({})), "position 8");
    let next = events(&json!({ "nextToken": token, "maxResults": 5 }));
    assert_eq!(tokens.open(&next, &token).unwrap(), "position 8");
    let mut stranger = next.clone();
    stranger.context.caller.account = "111111111111".to_owned();
    let others = [events(&json!({ "actorId": "b" })), call::<ListMemories>(&json!({})), stranger];
    for other in others {
        assert!(tokens.open(&other, &token).is_err(), "{other:?}");
    }
    assert!(PageTokens::new(&[8; 32]).open(&next, &token).is_err());
}

#[test]
fn a_replay_has_the_fingerprint_of_its_first_call() {
    let print = |input: Value| call::<CreateMemory>(&input).fingerprint;
    let first = print(json!({ "name": "a", "tags": { "x": "1", "y": "2" }, "clientToken": "t1" }));
    assert_eq!(first, print(json!({ "tags": { "y": "2", "x": "1" }, "description": null, "name": "a" })));
    for other in [
        json!({ "name": "b", "tags": { "x": "1", "y": "2" } }),
        json!({ "name": "a", "tags": { "x": "1" } }),
        json!({ "name": "a", "tags": { "x": "1", "y": 2 } }),
        json!({ "name": "a", "tags": ["x", "1", "y", "2"] }),
    ] {
        assert_ne!(first, print(other));
    }
}

#[test]
fn fingerprints_do_not_change_between_releases() {
    let print = call::<CreateMemory>(&json!({ "name": "a", "eventExpiryDuration": 30 })).fingerprint;
    expect_test::expect!["b9087c080126ad058859f3cd269debd02f0a5f09cab3eed1c449058ec91afcf3"]
        .assert_eq(&print.to_string());
}

proptest! {
    #[test]
    fn an_altered_token_is_refused(position in ".{0,40}", index in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_-]") {
        let tokens = PageTokens::new(&[7; 32]);
        let listing = events(&json!({}));
        let token = tokens.seal(&listing, &position);
        prop_assert_eq!(tokens.open(&listing, &token).unwrap(), position);
        let at = index.index(token.len());
        let mut altered = token.clone();
        altered.replace_range(at..=at, &letter);
        let outcome = tokens.open(&listing, &altered);
        prop_assert!(altered == token || outcome.is_err());
    }

    #[test]
    fn no_text_makes_it_panic(token in "\\PC*") {
        let outcome = PageTokens::new(&[7; 32]).open(&events(&json!({})), &token);
        prop_assert!(outcome.is_err());
    }
}
