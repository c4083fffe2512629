//! What can be learned from several episodes: the third step of the episodic strategy.

use std::collections::HashSet;

use crate::conversation::guard;
use crate::episode::Episode;
use crate::garbage::{Garbage, spoken};
use crate::learn::Existing;
use crate::prompt::{Prompt, Question};
use crate::schema::{self, Key, Metadata};
use crate::text::tidy;
use crate::xml;

const LONGEST_TITLE: usize = 500;
// Two of them, escaped, fit a record with the title and the tags.
const LONGEST: usize = 7_000;
/// A reflection with more words than that is two.
const MOST_WORDS: usize = 300;
/// The most reflections on one episode.
const MOST: usize = 10;

const OURS: &str = "\
You watch an assistant at work, so that it can learn from what it did. Below are an episode that has just ended, earlier \
episodes that are like it, and reflections in memory. Find what the episodes have in common that helps with the next \
task of their kind.

- title: what it is about, in a few words.
- use_cases: in which tasks it helps, so that it is found by them.
- hints: what to do and what to avoid, concretely enough to act on, without the particulars of a single user.
- confidence: from 0.1 for what one episode suggests to 1.0 for what many of them agree on.

Update a reflection in memory only if it has the same title and idea, and use cases and hints together stay within 300 \
words; write it whole, as it is now. Else add one. If the episode teaches nothing new, write none.";

const FORM: &str = "\
Answer in this form and with nothing else, with any number of <reflection>s:
<reflections>
<reflection>
<operator>add or update</operator>
<id>the id of the reflection to update; leave it empty to add</id>
<title>…</title>
<use_cases>…</use_cases>
<hints>…</hints>
<confidence>0.1 to 1.0</confidence>
</reflection>
</reflections>";

/// The third step: what do episodes teach?
#[derive(Clone, Copy, Debug)]
pub struct Reflecting<'a> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What else is asked of each reflection.
    pub schema: &'a [Key],
    /// The episode that has just ended.
    pub episode: &'a Episode,
    /// Episodes that are like it.
    pub related: &'a [Existing],
    /// Reflections that there are.
    pub existing: &'a [Existing],
}

/// What episodes teach.
#[derive(Clone, Debug, PartialEq)]
pub struct Reflection {
    /// What it is about.
    pub title: String,
    /// In which tasks it helps: what it is found by.
    pub use_cases: String,
    /// What to do and what to avoid.
    pub hints: String,
    /// How sure it is, from 0.1 to 1.
    pub confidence: f64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The reflection that it takes the place of, one of those that were shown; none if it is added.
    pub supersedes: Option<String>,
    /// The reflection.
    pub reflection: Reflection,
    /// What the schema asked for.
    pub metadata: Metadata,
}

impl Reflecting<'_> {
    /// What the model is told.
    pub fn prompt(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: OURS,
            form: FORM,
            schema: self.schema,
            place: schema::Place::Element { within: "reflection" },
        };
        question.about(&[
            format!("<main_episode>\n{}\n</main_episode>", self.episode.print()),
            show("relevant_episodes", self.related, |text| Some(Episode::parse(text)?.print())),
            show("existing_reflections", self.existing, |text| Some(Reflection::parse(text)?.print())),
        ])
    }

    /// What it answered. An update of what was not shown, or that has grown too long, is added.
    pub fn read(&self, answer: &str) -> Result<Vec<Change>, Garbage> {
        let inner = xml::element(spoken(answer)?, "reflections")?.inner;
        let elements = xml::elements(inner, "reflection")?;
        let mut free: HashSet<&str> = self.existing.iter().map(|existing| existing.id.as_str()).collect();
        let mut changes = Vec::new();
        for element in &elements {
            let Some(reflection) = Reflection::read(element.inner) else { continue };
            let updates = xml::text_of(element.inner, "operator")
                .is_some_and(|operator| operator.trim().eq_ignore_ascii_case("update"));
            let id =
                xml::text_of(element.inner, "id").filter(|_| updates && reflection.words() <= MOST_WORDS);
            let supersedes = id.filter(|id| free.remove(id.as_str()));
            let metadata = schema::of_element(self.schema, element.inner);
            changes.push(Change { supersedes, reflection, metadata });
        }
        if changes.is_empty() && !elements.is_empty() {
            return Err(Garbage::NoneFits("reflections"));
        }
        changes.truncate(MOST);
        Ok(changes)
    }
}

/// Records between tags, as this service writes them; what somebody else wrote is guarded as any text is.
fn show(tag: &str, records: &[Existing], ours: fn(&str) -> Option<String>) -> String {
    let records = records.iter().map(|Existing { id, text, .. }| {
        let text = ours(text).unwrap_or_else(|| guard(text));
        format!("<record>\n<id>{id}</id>\n{text}\n</record>")
    });
    format!("<{tag}>\n{}\n</{tag}>", records.collect::<Vec<_>>().join("\n"))
}

impl Reflection {
    fn read(inner: &str) -> Option<Self> {
        let text = |name, most| xml::text_of(inner, name).and_then(|text| tidy(&text, most));
        let confidence = text("confidence", 20).and_then(|text| text.parse::<f64>().ok());
        Some(Self {
            title: text("title", LONGEST_TITLE)?,
            use_cases: text("use_cases", LONGEST)?,
            hints: text("hints", LONGEST)?,
            confidence: confidence.filter(|confidence| confidence.is_finite()).unwrap_or(0.1).clamp(0.1, 1.0),
        })
    }

    fn words(&self) -> usize {
        self.use_cases.split_whitespace().count() + self.hints.split_whitespace().count()
    }

    /// The text of the record that keeps it.
    pub fn print(&self) -> String {
        let fields = [
            xml::write("title", &self.title, LONGEST_TITLE),
            xml::write("use_cases", &self.use_cases, LONGEST),
            xml::write("hints", &self.hints, LONGEST),
            format!("<confidence>{}</confidence>", self.confidence),
        ];
        format!("<reflection>\n{}\n</reflection>", fields.join("\n"))
    }

    /// From a record's text.
    pub fn parse(record: &str) -> Option<Self> {
        Self::read(xml::element(record, "reflection").ok()?.inner)
    }
}
