//! What a record is found by, where that is not all of its text.

use std::borrow::Cow;

use extraction::episode::Episode;
use extraction::reflection::Reflection;

use crate::model::{Origin, Record};

/// What stands for a record where meanings are compared: an episode's intent, a reflection's use cases, else the text.
pub(crate) fn meaning(record: &Record) -> Cow<'_, str> {
    let Origin::Extracted { step, .. } = &record.origin else { return Cow::Borrowed(&record.text) };
    let found_by = match step.as_str() {
        "consolidation" => Episode::parse(&record.text).map(|episode| episode.intent),
        "reflection" => Reflection::parse(&record.text).map(|reflection| reflection.use_cases),
        _ => None,
    };
    found_by.map_or(Cow::Borrowed(&record.text), Cow::Owned)
}
