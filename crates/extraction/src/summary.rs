//! Summaries of sessions: the summary strategy.

use crate::LONGEST_RECORD;
use crate::conversation::{Message, guard, render};
use crate::garbage::{Garbage, spoken};
use crate::prompt::{Prompt, Question};
use crate::schema::{self, Key, Metadata};
use crate::text::tidy;
use crate::xml;

const LONGEST_NAME: usize = 200;
const LONGEST_GLOBAL: usize = 4_000;
const MOST_TOPICS: usize = 50;
/// The longest text of a topic; with its name and tags it fits a record, escaped.
const LONGEST_TOPIC: usize = LONGEST_RECORD - 6 * LONGEST_NAME - 100;

const OURS: &str = "\
You keep summaries of an assistant's conversations. You get what was summarized of a session so far, and how it went \
on. Summarize how it went on.

- Write the whole session so far in a few sentences as the global summary, what went before included.
- Then write by topic only what is new. Use the name of a topic that there is already where it goes on; name a new one \
where something new begins.
- Keep what somebody would need to take up the conversation later: what was asked, found, decided and promised, with \
names, numbers and dates as they were said.
- Keep the language of the conversation. Add nothing that was not said.";

const FORM: &str = "\
Answer in this form and with nothing else:
<summary>
<global_summary>the whole session so far</global_summary>
<delta_detailed_summary>
<topic name=\"the topic\">what is new about it</topic>
</delta_detailed_summary>
</summary>
If nothing new was said, leave <delta_detailed_summary> empty.";

/// The only step: how did a session go on?
#[derive(Clone, Copy, Debug)]
pub struct Summarizing<'a> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What else is asked of the session.
    pub schema: &'a [Key],
    /// The whole session before that, in a few sentences.
    pub global: &'a str,
    /// What is kept of it.
    pub topics: &'a [Topic],
    /// How it went on.
    pub current: &'a [Message],
}

/// A topic of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// What was said about it.
    pub text: String,
}

/// What is new of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// The whole session so far in a few sentences.
    pub global: String,
    /// What is new.
    pub topics: Vec<Topic>,
    /// What the schema asked for.
    pub metadata: Metadata,
}

impl Summarizing<'_> {
    /// What the model is told.
    pub fn prompt(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: OURS,
            form: FORM,
            schema: self.schema,
            place: schema::Place::Element { within: "summary" },
        };
        let topics: Vec<&str> = self.topics.iter().map(|topic| topic.name.as_str()).collect();
        question.about(&[
            format!("<previous_summary>\n{}\n</previous_summary>", guard(self.global)),
            format!("<previous_topics>\n{}\n</previous_topics>", guard(&topics.join("\n"))),
            render("current_conversation", self.current),
        ])
    }

    /// What it answered.
    pub fn read(&self, answer: &str) -> Result<Delta, Garbage> {
        let text = spoken(answer)?;
        let delta = xml::element(text, "delta_detailed_summary")?.inner;
        let topics = xml::elements(delta, "topic")?;
        let global = xml::text_of(text, "global_summary").and_then(|text| tidy(&text, LONGEST_GLOBAL));
        Ok(Delta {
            global: global.unwrap_or_else(|| self.global.to_owned()),
            topics: topics.into_iter().filter_map(Topic::read).take(MOST_TOPICS).collect(),
            metadata: schema::of_element(self.schema, text),
        })
    }
}

impl Topic {
    fn read(element: xml::Element<'_>) -> Option<Self> {
        let name = element.attribute("name").and_then(|name| tidy(&name, LONGEST_NAME));
        let text = tidy(&element.text()?, LONGEST_TOPIC)?;
        Some(Self { name: name.unwrap_or_else(|| "General".to_owned()), text })
    }

    fn print(&self) -> String {
        let (name, text) =
            (xml::escape(&self.name, 6 * LONGEST_NAME), xml::escape(&self.text, LONGEST_TOPIC));
        format!("<topic name=\"{name}\">{text}</topic>")
    }
}

/// The text of the record that keeps these topics.
pub fn print(topics: &[Topic]) -> String {
    topics.iter().map(Topic::print).collect::<Vec<_>>().join("\n")
}

/// The topics in a record's text.
pub fn parse(record: &str) -> Vec<Topic> {
    let topics = xml::elements(record, "topic").unwrap_or_default();
    topics.into_iter().filter_map(Topic::read).collect()
}

/// Adds what is new to what is kept: to the topic of the same name, or as another one. What no longer fits the record
/// with these topics is returned: it begins another record.
pub fn merge(kept: &mut Vec<Topic>, new: Vec<Topic>) -> Vec<Topic> {
    let mut rest = Vec::new();
    for topic in new {
        let mut grown = kept.clone();
        match grown.iter_mut().find(|kept| kept.name == topic.name) {
            Some(kept) if kept.text.contains(&topic.text) => {}
            Some(kept) => kept.text = format!("{}\n{}", kept.text, topic.text),
            None => grown.push(topic.clone()),
        }
        let longest = grown.iter().map(|topic| xml::escape(&topic.text, usize::MAX).chars().count()).max();
        let fits = print(&grown).chars().count() <= LONGEST_RECORD && longest.unwrap_or(0) <= LONGEST_TOPIC;
        if (rest.is_empty() && fits) || kept.is_empty() {
            *kept = grown;
        } else {
            rest.push(topic);
        }
    }
    rest
}
