//! Whatever a model answers to the steps of a strategy: something typed that was asked for, or garbage.

#![no_main]

use extraction::conversation::{Message, Speaker};
use extraction::episode::{Closing, Episode};
use extraction::fact::Fact;
use extraction::learn::{Candidate, Consolidation, Existing, Extraction, Item, Learned, Operation};
use extraction::preference::Preference;
use extraction::reflection::{Reflecting, Reflection};
use extraction::summary::{Summarizing, merge, parse, print};
use extraction::turn::Reading;
use extraction::{Key, LONGEST_RECORD, Rule};
use libfuzzer_sys::fuzz_target;
use stdx::Timestamp;

const SHOWN: &str = "mem-1";

fn schema() -> Vec<Key> {
    let rules = [
        Rule::Text { allowed: vec!["a".to_owned()] },
        Rule::Texts { allowed: Vec::new(), at_most: Some(2) },
        Rule::Number { min: Some(0.0), max: None },
    ];
    let keys = rules.into_iter().zip(["t", "l", "n"]);
    keys.map(|(rule, name)| Key { name: name.to_owned(), definition: None, instruction: None, rule }).collect()
}

fn existing() -> Existing {
    Existing { id: SHOWN.to_owned(), at: Timestamp::from_millis(0), text: "known".to_owned() }
}

fn fits(text: &str) {
    assert!(!text.is_empty() && text.chars().count() <= LONGEST_RECORD);
}

fn learn<T: Item + std::fmt::Debug>(answer: &str, schema: &[Key]) {
    let asked = Extraction { instructions: None, schema, past: &[], current: &[] };
    let Ok(learned) = asked.read::<T>(answer) else { return };
    for Learned { item, .. } in &learned {
        fits(&item.record());
        assert_eq!(T::read(&item.object()).as_ref(), Some(item), "what is written is read again");
    }
    let candidates: Vec<Candidate<T>> = learned
        .into_iter()
        .map(|new| Candidate { new, at: Timestamp::from_millis(0), existing: vec![existing()] })
        .collect();
    let asked = Consolidation { instructions: None, schema, candidates: &candidates };
    let Ok(operations) = asked.read(answer) else { return };
    assert!(operations.len() <= candidates.len());
    let updates = operations.iter().filter(|operation| matches!(operation, Operation::Update { .. }));
    assert!(updates.clone().count() <= 1, "one record was shown");
    for operation in operations {
        if let Operation::Update { id, .. } = operation {
            assert_eq!(id, SHOWN);
        }
    }
}

fn summarize(answer: &str, schema: &[Key]) {
    let asked = Summarizing { instructions: None, schema, global: "", topics: &[], current: &[] };
    let Ok(delta) = asked.read(answer) else { return };
    let mut rest = delta.topics;
    while !rest.is_empty() {
        let mut kept = Vec::new();
        rest = merge(&mut kept, rest);
        fits(&print(&kept));
        assert_eq!(parse(&print(&kept)).len(), kept.len());
    }
}

fn episodes(answer: &str, schema: &[Key]) {
    let said = [Message { speaker: Speaker::User, text: answer.to_owned(), at: Timestamp::from_millis(0) }];
    let asked = Reading { instructions: None, before: &[], turns: &[&said] };
    if let Ok(turns) = asked.read(answer) {
        assert_eq!(turns.len(), 1);
    }
    let turns = [];
    let closed = Closing { instructions: None, schema, turns: &turns }.read(answer);
    let Ok((episode, _)) = closed else { return };
    fits(&episode.print());
    assert_eq!(Episode::parse(&episode.print()).map(|episode| episode.succeeded), Some(episode.succeeded));
    let shown = [existing()];
    let asked = Reflecting { instructions: None, schema, episode: &episode, related: &shown, existing: &shown };
    for change in asked.read(answer).unwrap_or_default() {
        assert!(change.supersedes.is_none_or(|id| id == SHOWN));
        fits(&change.reflection.print());
        assert!(Reflection::parse(&change.reflection.print()).is_some());
    }
}

fuzz_target!(|answer: &str| {
    let schema = schema();
    learn::<Fact>(answer, &schema);
    learn::<Preference>(answer, &schema);
    summarize(answer, &schema);
    episodes(answer, &schema);
});
