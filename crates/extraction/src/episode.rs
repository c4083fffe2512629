//! Episodes: a task from its begin to its end. The second step of the episodic strategy.

use crate::garbage::{Garbage, spoken};
use crate::prompt::{Prompt, Question};
use crate::schema::{self, Key, Metadata};
use crate::text::{is_yes, tidy};
use crate::turn::{self, Turn};
use crate::xml;

// Four of them, escaped, fit a record with their tags.
const LONGEST: usize = 3_900;

const OURS: &str = "\
You watch an assistant at work, so that it can learn from what it did. Below is a task of a user that is over, turn by \
turn. Tell it as one episode that somebody with a similar task can learn from.

- situation: where the user stood, and what the task was about.
- intent: what the user wanted of it all, in one sentence.
- assessment: Yes if the user got it, No if not.
- justification: what shows that.
- reflection: what decided how it went: which ways and tools worked, which did not, what to do the same way and what \
differently.

Keep the language of the conversation. Add nothing that did not happen.";

const FORM: &str = "\
Answer in this form and with nothing else:
<summary>
<situation>…</situation>
<intent>…</intent>
<assessment>Yes or No</assessment>
<justification>…</justification>
<reflection>…</reflection>
</summary>";

/// The second step: what was the task, and how did it go?
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What else is asked of the episode.
    pub schema: &'a [Key],
    /// What happened.
    pub turns: &'a [Turn],
}

/// A task from its begin to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Where the user stood.
    pub situation: String,
    /// What they wanted: what it is found by.
    pub intent: String,
    /// Whether they got it.
    pub succeeded: bool,
    /// What shows that.
    pub justification: String,
    /// What decided how it went.
    pub reflection: String,
}

impl Closing<'_> {
    /// What the model is told.
    pub fn prompt(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: OURS,
            form: FORM,
            schema: self.schema,
            place: schema::Place::Element { within: "summary" },
        };
        question.about(&[format!("<turns>\n{}\n</turns>", turn::print(self.turns))])
    }

    /// What it answered.
    pub fn read(&self, answer: &str) -> Result<(Episode, Metadata), Garbage> {
        let inner = xml::element(spoken(answer)?, "summary")?.inner;
        let episode = Episode::read(inner).ok_or(Garbage::NoneFits("elements"))?;
        Ok((episode, schema::of_element(self.schema, inner)))
    }
}

impl Episode {
    fn read(inner: &str) -> Option<Self> {
        let text = |name| xml::text_of(inner, name).and_then(|text| tidy(&text, LONGEST));
        Some(Self {
            situation: text("situation").unwrap_or_default(),
            intent: text("intent")?,
            succeeded: is_yes(&text("assessment")?),
            justification: text("justification").unwrap_or_default(),
            reflection: text("reflection").unwrap_or_default(),
        })
    }

    /// The text of the record that keeps it.
    pub fn print(&self) -> String {
        let field = |name, text: &str| xml::write(name, text, LONGEST);
        let fields = [
            field("situation", &self.situation),
            field("intent", &self.intent),
            field("assessment", if self.succeeded { "Yes" } else { "No" }),
            field("justification", &self.justification),
            field("reflection", &self.reflection),
        ];
        format!("<summary>\n{}\n</summary>", fields.join("\n"))
    }

    /// From a record's text.
    pub fn parse(record: &str) -> Option<Self> {
        Self::read(xml::element(record, "summary").ok()?.inner)
    }
}
