//! Answers that nobody would think of, and conversations that address the model.

use extraction::episode::{Closing, Episode};
use extraction::fact::Fact;
use extraction::learn::{Consolidation, Extraction};
use extraction::preference::Preference;
use extraction::reflection::Reflecting;
use extraction::summary::{Summarizing, parse};
use extraction::turn::Reading;
use extraction::{Message, Speaker};
use proptest::prelude::*;

use super::{candidate, existing, key, say};

/// Pieces of what answers are made of, in any order, and whatever else there is.
fn answer() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        "\"",
        ":",
        ",",
        "\\",
        "\"fact\"",
        "\"x\"",
        "null",
        "1e999",
        "```json\n",
        "<think>",
        "</think>",
        "<summary>",
        "</summary>",
        "<summary_turn>",
        "</summary_turn>",
        "<turn_id>1</turn_id>",
        "<topic name=\"",
        "\">",
        "</topic>",
        "<delta_detailed_summary>",
        "</delta_detailed_summary>",
        "<reflections>",
        "<reflection>",
        "</reflection>",
        "</reflections>",
        "<intent>",
        "</intent>",
        "<id>mem-1</id>",
        "<metadata>{",
        "}</metadata>",
        "<assessment>Yes",
        "</assessment>",
        "&amp;",
        "&",
        "<",
        ">",
        "/>",
        "=",
        "\"operation\":\"UpdateMemory\"",
        "\"update_id\":\"mem-1\"",
        "\"updated_memory\":{\"fact\":\"y\"}",
        "\"memory\":{\"fact\":\"x\"}",
        "é",
        "\u{0}",
        "\u{10FFFF}",
    ]);
    let piece = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_answer_does_harm(answer in answer()) {
        let schema = [key("k")];
        let said = [say(Speaker::User, "a")];
        let asked = Extraction { instructions: None, schema: &schema, past: &[], current: &said };
        // Whether it is garbage or not: nothing panics, and nothing but what was asked comes out.
        if let Ok(facts) = asked.read::<Fact>(&answer) {
            prop_assert!(facts.iter().all(|fact| !fact.item.as_str().is_empty()));
        }
        let _ = asked.read::<Preference>(&answer);
        let candidates = [candidate(Fact::new("x").unwrap(), &[existing("mem-1", "y")])];
        let asked = Consolidation { instructions: None, schema: &schema, candidates: &candidates };
        if let Ok(operations) = asked.read(&answer) {
            prop_assert!(operations.len() <= 1);
        }
        let asked =
            Summarizing { instructions: None, schema: &schema, global: "", topics: &[], current: &said };
        let _ = asked.read(&answer);
        let _ = parse(&answer);
        let turns = [&said[..]];
        let _ = Reading { instructions: None, before: &[], turns: &turns }.read(&answer);
        let _ = Closing { instructions: None, schema: &schema, turns: &[] }.read(&answer);
        let episode = Episode {
            situation: answer.clone(),
            intent: answer.clone(),
            succeeded: true,
            justification: String::new(),
            reflection: String::new(),
        };
        let known = [existing("mem-1", &answer)];
        let asked = Reflecting {
            instructions: None, schema: &schema, episode: &episode, related: &known, existing: &known,
        };
        let updates = asked.read(&answer).unwrap_or_default();
        prop_assert!(updates.iter().all(|change| change.supersedes.as_deref().is_none_or(|id| id == "mem-1")));
    }

    #[test]
    fn no_conversation_leaves_its_tags(text in answer()) {
        let said = [say(Speaker::User, &text), say(Speaker::Data, &text)];
        let asked = Extraction { instructions: None, schema: &[], past: &said, current: &said };
        let prompt = asked.prompt::<Fact>();
        for tag in ["past_conversation", "current_conversation"] {
            prop_assert_eq!(prompt.user.matches(&format!("<{tag}>")).count(), 1);
            prop_assert_eq!(prompt.user.matches(&format!("</{tag}>")).count(), 1);
        }
        prop_assert_eq!(prompt.user.matches("<message role=").count(), 4);
        prop_assert_eq!(prompt.user.matches("</message>").count(), 4);
        prop_assert!(!prompt.system.contains(&text) || text.len() < 40, "nothing of it is an instruction");
    }
}

#[test]
fn long_answers_are_read_in_no_time() {
    let asked = Extraction { instructions: None, schema: &[], past: &[], current: &[] };
    let summary = Summarizing { instructions: None, schema: &[], global: "", topics: &[], current: &[] };
    let turns: [&[Message]; 1] = [&[]];
    let reading = Reading { instructions: None, before: &[], turns: &turns };
    for piece in
        ["[", "{\"a\":", "[1,", "<topic ", "<summary_turn>", "</", "&amp;", "\"[", "x", "<topic name=\"a\">"]
    {
        let answer = piece.repeat((1 << 20) / piece.len());
        let begun = std::time::Instant::now();
        assert!(asked.read::<Fact>(&answer).is_err());
        assert!(summary.read(&format!("<delta_detailed_summary>{answer}")).is_err());
        assert!(reading.read(&answer).is_err());
        assert!(begun.elapsed().as_secs() < 5, "{piece}: {:?}", begun.elapsed());
    }
}

#[test]
fn what_is_wrong_is_told_without_what_was_said() {
    let asked = Extraction { instructions: None, schema: &[key("k")], past: &[], current: &[] };
    for answer in ["secret words", "[{\"secret\": \"words\"}]", "[{\"fact\": \"secret words"] {
        let garbage = asked.read::<Fact>(answer).unwrap_err().to_string();
        assert!(!garbage.contains("secret"), "{garbage}");
    }
}
