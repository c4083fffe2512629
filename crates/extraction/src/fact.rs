//! Facts: the semantic strategy.

use serde_json::{Map, Value, json};

use crate::LONGEST_RECORD;
use crate::learn::Item;
use crate::text::tidy;

/// A fact. A record's text is the fact itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact(String);

impl Fact {
    /// The fact of this text; `None` if there is nothing in it.
    pub fn new(text: &str) -> Option<Self> {
        tidy(text, LONGEST_RECORD).map(Self)
    }

    /// The fact.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Item for Fact {
    const WHAT: &'static str = "facts";

    const EXTRACT: &'static str = "\
You keep the long-term memory of an assistant. Find in the current conversation what will still be worth knowing when \
the user comes back in another conversation: who they are, what they do, have, plan and want, the people and things \
around them, what was decided.

- Take facts from what the user says, and from data. What the assistant says only helps to understand it.
- The past conversation is there for context alone: what it tells is remembered already.
- Write each fact as one sentence that can be understood without the conversation: names in place of pronouns, dates \
in place of \"tomorrow\".
- One fact a sentence; no fact twice. Keep the language that the user speaks.
- Add nothing that was not said: no knowledge of your own, no guesses.
- Greetings, questions to the assistant and what matters only now are no facts. Often there is none at all.";

    const EXTRACTED: &'static str = "\
Answer with a JSON list and nothing else:
[{\"fact\": \"the fact\"}]
If there is none, answer [].";

    const CONSOLIDATE: &'static str = "\
You keep the long-term memory of an assistant. Each <MemoryN> below holds a new fact, and the facts in memory that are \
most like it. Decide about each new fact by itself:

- It says what a fact in memory says already: leave it out.
- It makes one fact in memory more complete or more exact, about the same thing at the same time: update that one, and \
write the whole fact as it is now.
- Anything else is added: a fact about something new, and also one that contradicts a fact in memory or is of another \
time, for what was so then is still true of then.";

    const CONSOLIDATED: &'static str = "\
Answer with a JSON list and nothing else, with one object for each new fact that is not left out:
[{\"memory\": {\"fact\": \"the new fact\"}, \"operation\": \"AddMemory\"},
 {\"memory\": {\"fact\": \"the new fact\"}, \"operation\": \"UpdateMemory\", \"update_id\": \"the ID of the fact in \
memory\", \"updated_memory\": {\"fact\": \"the whole fact\"}}]
If all are left out, answer [].";

    fn read(object: &Map<String, Value>) -> Option<Self> {
        Self::new(object.get("fact")?.as_str()?)
    }

    fn object(&self) -> Map<String, Value> {
        Map::from_iter([("fact".to_owned(), json!(self.0))])
    }

    fn record(&self) -> String {
        self.0.clone()
    }
}
