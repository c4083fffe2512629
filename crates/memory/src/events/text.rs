//! An event as the index has it.

use std::collections::BTreeMap;

use search::{Document, Value};
use serde_json::Value as Json;

use super::SessionKey;
use super::position::Position;
use crate::model::Payload;

/// The field with an event's actor.
pub(super) const ACTOR: &str = "actor";

/// The longest text that an event is found by, in bytes.
const LONGEST: usize = 64 * 1024;

/// The event as a document; `None` for one without any text. Blobs are never found: they are their writer's own.
pub(super) fn document(session: &SessionKey, position: Position, payload: &[Payload]) -> Option<Document> {
    let mut text = String::new();
    for part in payload {
        match part {
            Payload::Conversational { text: said, .. } => add(&mut text, said),
            Payload::Json(value) => gather(&mut text, value),
            Payload::Blob(_) => {}
        }
    }
    if text.is_empty() {
        return None;
    }
    let actor = Value::Text(session.actor.to_string());
    Some(Document {
        id: position.id().to_string(),
        text,
        vector: None,
        place: place(session),
        fields: BTreeMap::from([(ACTOR.to_owned(), actor)]),
    })
}

/// Where the events of a session are. A number sign is in no actor's id and in no session's.
pub(super) fn place(session: &SessionKey) -> String {
    format!("{}#{}", session.actor, session.session)
}

/// The texts in a document, without the names of its members.
fn gather(text: &mut String, value: &Json) {
    match value {
        Json::String(said) => add(text, said),
        Json::Array(items) => items.iter().for_each(|item| gather(text, item)),
        Json::Object(members) => members.values().for_each(|member| gather(text, member)),
        Json::Number(number) => add(text, &number.to_string()),
        Json::Null | Json::Bool(_) => {}
    }
}

fn add(text: &mut String, more: &str) {
    let room = LONGEST.saturating_sub(text.len() + 1);
    if room == 0 || more.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&more[..more.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use ids::{AccountId, ActorId, MemoryId, MemorySessionId};
    use serde_json::json;
    use stdx::Timestamp;

    use super::super::arrival::Arrival;
    use super::*;
    use crate::model::Role;

    fn text(payload: &[Payload]) -> Option<String> {
        let session = SessionKey {
            account: AccountId::default(),
            memory: MemoryId::parse("notes-0123456789").unwrap(),
            actor: ActorId::parse("a/b").unwrap(),
            session: MemorySessionId::parse("s").unwrap(),
        };
        let position = Position::new(Timestamp::from_millis(7), Arrival::from_number(1)).unwrap();
        document(&session, position, payload).map(|document| document.text)
    }

    #[test]
    fn messages_and_documents_are_found_and_blobs_are_not() {
        let said = |text: &str| Payload::Conversational { role: Role::User, text: text.to_owned() };
        let json = Payload::Json(json!({"name": ["Ann", {"age": 7}], "none": null}));
        let blob = Payload::Blob(json!("secret"));
        assert_eq!(text(&[said("one"), blob.clone(), json]).unwrap(), "one\nAnn\n7");
        assert_eq!(text(&[blob]), None);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = Payload::Conversational { role: Role::User, text: "ä".repeat(LONGEST) };
        let text = text(&[long.clone(), long]).unwrap();
        assert!(text.len() <= LONGEST && text.len() > LONGEST - 4, "{}", text.len());
    }
}
