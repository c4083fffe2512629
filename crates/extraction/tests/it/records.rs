//! Texts of records: what is printed is read back, is well-formed and is never too long.

use extraction::LONGEST_RECORD;
use extraction::episode::Episode;
use extraction::fact::Fact;
use extraction::learn::Item;
use extraction::preference::Preference;
use extraction::reflection::Reflection;
use extraction::summary::{Topic, merge, parse, print};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// A text as models write it: no blanks around it, no control characters.
fn text(most: usize) -> impl Strategy<Value = String> {
    let dense = prop::collection::vec(
        prop::sample::select(vec!["<", "&", "\"", ">", "a", " b", "é", "]]>"]),
        0..most,
    );
    prop_oneof![dense.prop_map(|pieces| pieces.concat()), "\\PC{0,80}"]
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("something is said", |text| !text.is_empty())
}

/// Whether it is well-formed, below a root of its own.
fn well_formed(text: &str) -> bool {
    let text = format!("<root>{text}</root>");
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return true,
            Ok(Event::Text(text)) if text.as_ref().contains(&b'<') => return false,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

proptest! {
    #[test]
    fn episodes_come_back(parts in prop::collection::vec(text(300), 4), succeeded: bool) {
        let [situation, intent, justification, reflection] = parts.try_into().unwrap();
        let episode = Episode { situation, intent, succeeded, justification, reflection };
        let printed = episode.print();
        prop_assert!(well_formed(&printed), "{printed}");
        prop_assert_eq!(Episode::parse(&printed), Some(episode));
    }

    #[test]
    fn reflections_come_back(title in text(20), use_cases in text(300), hints in text(300), tenths in 1..=10_u8) {
        let reflection = Reflection { title, use_cases, hints, confidence: f64::from(tenths) / 10.0 };
        let printed = reflection.print();
        prop_assert!(well_formed(&printed), "{printed}");
        prop_assert_eq!(Reflection::parse(&printed), Some(reflection));
    }

    #[test]
    fn topics_come_back_and_grow(new in prop::collection::vec((text(20), text(500)), 1..30)) {
        let new: Vec<Topic> = new.into_iter().map(|(name, text)| Topic { name, text }).collect();
        let mut rest = new.clone();
        let mut records: Vec<Vec<Topic>> = Vec::new();
        while !rest.is_empty() {
            let mut kept = Vec::new();
            rest = merge(&mut kept, rest);
            let printed = print(&kept);
            prop_assert!(printed.chars().count() <= LONGEST_RECORD);
            prop_assert!(well_formed(&printed), "{printed}");
            prop_assert_eq!(parse(&printed), kept.clone());
            records.push(kept);
        }
        for topic in &new {
            let told = |kept: &Topic| kept.name == topic.name && kept.text.contains(&topic.text);
            prop_assert!(records.iter().flatten().any(told), "nothing is lost");
        }
    }
}

#[test]
fn no_record_is_too_long() {
    let worst = "&".repeat(20_000);
    let long = || worst.clone();
    let episode = Episode {
        situation: long(),
        intent: long(),
        succeeded: true,
        justification: long(),
        reflection: long(),
    };
    let reflection = Reflection { title: long(), use_cases: long(), hints: long(), confidence: 0.5 };
    let quotes = "\"".repeat(20_000);
    let object = serde_json::json!({
        "context": quotes, "preference": quotes, "categories": vec![quotes.clone(); 50],
    });
    let preference = Preference::read(object.as_object().unwrap()).unwrap();
    let fact = Fact::new(&worst).unwrap();
    let mut topics = Vec::new();
    let rest = merge(&mut topics, vec![Topic { name: long(), text: long() }]);
    assert_eq!(rest, []);
    for text in [episode.print(), reflection.print(), preference.record(), fact.record(), print(&topics)] {
        assert!(text.chars().count() <= LONGEST_RECORD, "{}", text.chars().count());
    }
    for text in [episode.print(), reflection.print(), print(&topics)] {
        assert!(well_formed(&text));
    }
}
