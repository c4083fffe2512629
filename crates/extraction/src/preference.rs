//! What users prefer: the user preference strategy.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::learn::Item;
use crate::text::tidy;

// With every character escaped, all of it fits a record.
const LONGEST_TEXT: usize = 3_000;
const LONGEST_CATEGORY: usize = 100;
const MOST_CATEGORIES: usize = 10;

/// A preference. A record's text is its JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// How it came up.
    pub context: String,
    /// What is preferred.
    pub preference: String,
    /// What it is about.
    pub categories: Vec<String>,
}

impl Item for Preference {
    const WHAT: &'static str = "preferences";

    const EXTRACT: &'static str = "\
You keep the long-term memory of an assistant. Find in the current conversation what the user prefers, so that the \
assistant can serve them better another time: tastes, habits, ways of working, of being addressed and of being \
answered, said outright or plain from what they choose again and again.

- Take preferences from what the user says and does, not from what the assistant proposes.
- The past conversation is there for context alone: what it tells is remembered already.
- Write each preference so that it can be understood without the conversation, and say as its context in a few words \
what the user said or did that shows it.
- Name one to three categories that it belongs to, such as food, travel, programming.
- Keep the language that the user speaks.
- What the user wants just this once is no preference. Often there is none at all.";

    const EXTRACTED: &'static str = "\
Answer with a JSON list and nothing else:
[{\"context\": \"what shows it\", \"preference\": \"the preference\", \"categories\": [\"category\"]}]
If there is none, answer [].";

    const CONSOLIDATE: &'static str = "\
You keep the long-term memory of an assistant. Each <MemoryN> below holds a new preference of a user, and the \
preferences in memory that are most like it. Decide about each new preference by itself:

- SkipMemory: it says what is in memory already; or it is no preference that lasts but a wish for once or a guess; or \
it is what nobody should keep, such as passwords, numbers of cards and papers, or what would harm somebody.
- UpdateMemory: it is about the same thing as one preference in memory and changes it, completes it or makes it more \
exact. Write the whole preference as it is now; where the two disagree, the newer one holds.
- AddMemory: it is about something that no preference in memory is about.";

    const CONSOLIDATED: &'static str = "\
Answer with a JSON list and nothing else, with one object for each new preference:
[{\"memory\": {\"context\": \"…\", \"preference\": \"…\", \"categories\": [\"…\"]}, \"operation\": \"AddMemory\"},
 {\"memory\": {…}, \"operation\": \"UpdateMemory\", \"update_id\": \"the ID of the preference in memory\", \
\"updated_memory\": {\"context\": \"…\", \"preference\": \"the whole preference\", \"categories\": [\"…\"]}},
 {\"memory\": {…}, \"operation\": \"SkipMemory\"}]";

    fn read(object: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str, most| tidy(object.get(name)?.as_str()?, most);
        let preference = text("preference", LONGEST_TEXT)?;
        let categories = match object.get("categories") {
            Some(Value::Array(categories)) => categories.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(category)) => vec![category.as_str()],
            _ => Vec::new(),
        };
        let categories = categories.into_iter().filter_map(|category| tidy(category, LONGEST_CATEGORY));
        Some(Self {
            context: text("context", LONGEST_TEXT).unwrap_or_default(),
            preference,
            categories: categories.take(MOST_CATEGORIES).collect(),
        })
    }

    fn object(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => unreachable!("texts and lists of texts are an object"),
        }
    }

    fn record(&self) -> String {
        Value::Object(self.object()).to_string()
    }
}
