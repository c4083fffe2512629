//! Turns of a conversation, understood one by one: the first step of the episodic strategy.

use serde::{Deserialize, Serialize};

use crate::conversation::{Message, guard, render};
use crate::garbage::{Garbage, spoken};
use crate::prompt::{Prompt, Question};
use crate::schema;
use crate::text::{is_yes, tidy};
use crate::xml;

const LONGEST: usize = 2_000;

const OURS: &str = "\
You watch an assistant at work, so that it can learn from what it did. Look at each turn of the conversation: what the \
user wanted, what the assistant did, also with tools, and how that went.

- situation: where the user stands as the turn begins, and what the task is about.
- intent: what the user wants in this turn.
- action: what the assistant did, with the tools that it used and what came of them.
- thought: why it did so, as far as it shows.
- assessment_assistant: Yes or No, whether the assistant achieved what was wanted in this turn; then in a sentence why.
- assessment_user: Yes or No, whether with this turn the user's task is over, achieved or given up, so that what comes \
next is about something else; then in a sentence why.

Keep the language of the conversation. Add nothing that did not happen.";

const FORM: &str = "\
Answer in this form and with nothing else, with one <summary_turn> for each turn in <current_turns>, in their order:
<summary>
<summary_turn>
<turn_id>the turn's id</turn_id>
<situation>…</situation>
<intent>…</intent>
<action>…</action>
<thought>…</thought>
<assessment_assistant>Yes or No, and why</assessment_assistant>
<assessment_user>Yes or No, and why</assessment_user>
</summary_turn>
</summary>";

/// The first step: what happened in each turn, and where does a task end?
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What happened before in the same task.
    pub before: &'a [Turn],
    /// The turns to look at; their ids go on where those before end.
    pub turns: &'a [&'a [Message]],
}

/// What happened in a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number in the task, from 1.
    pub id: u32,
    /// Where the user stood.
    pub situation: String,
    /// What they wanted.
    pub intent: String,
    /// What the assistant did.
    pub action: String,
    /// Why.
    pub thought: String,
    /// Whether it achieved what was wanted, and why.
    pub assessment_assistant: String,
    /// Whether the task is over, and why.
    pub assessment_user: String,
}

impl Reading<'_> {
    fn first(&self) -> u32 {
        self.before.last().map_or(1, |turn| turn.id.saturating_add(1))
    }

    /// What the model is told.
    pub fn prompt(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: OURS,
            form: FORM,
            schema: &[],
            place: schema::Place::Element { within: "summary" },
        };
        let turns = self.turns.iter().zip(self.first()..);
        let turns: Vec<String> =
            turns.map(|(turn, id)| format!("<turn_id>{id}</turn_id>\n{}", render("turn", turn))).collect();
        question.about(&[
            format!("<previous_turns>\n{}\n</previous_turns>", print(self.before)),
            format!("<current_turns>\n{}\n</current_turns>", turns.join("\n")),
        ])
    }

    /// What it answered: each of the turns once, in order. A turn that the answer passes over is garbage, or the end
    /// of a task might be lost.
    pub fn read(&self, answer: &str) -> Result<Vec<Turn>, Garbage> {
        let said = xml::elements(spoken(answer)?, "summary_turn")?;
        if said.is_empty() {
            return Err(Garbage::Missing("summary_turn"));
        }
        let read: Vec<Turn> = said.iter().filter_map(|element| Turn::read(element.inner)).collect();
        let ids = self.first()..;
        let turns = self.turns.iter().zip(ids).map(|(_, id)| read.iter().find(|turn| turn.id == id).cloned());
        turns.collect::<Option<_>>().ok_or(Garbage::NoneFits("turns"))
    }
}

impl Turn {
    fn read(inner: &str) -> Option<Self> {
        let text = |name| xml::text_of(inner, name).and_then(|text| tidy(&text, LONGEST));
        Some(Self {
            id: text("turn_id")?.parse().ok()?,
            situation: text("situation").unwrap_or_default(),
            intent: text("intent")?,
            action: text("action").unwrap_or_default(),
            thought: text("thought").unwrap_or_default(),
            assessment_assistant: text("assessment_assistant").unwrap_or_default(),
            assessment_user: text("assessment_user")?,
        })
    }

    /// Whether the user's task is over with it.
    pub fn ends(&self) -> bool {
        is_yes(&self.assessment_user)
    }

    fn print(&self) -> String {
        let fields = [
            ("situation", &self.situation),
            ("intent", &self.intent),
            ("action", &self.action),
            ("thought", &self.thought),
            ("assessment_assistant", &self.assessment_assistant),
            ("assessment_user", &self.assessment_user),
        ];
        let fields = fields.map(|(name, text)| format!("<{name}>{}</{name}>", guard(text))).join("\n");
        format!("<summary_turn>\n<turn_id>{}</turn_id>\n{fields}\n</summary_turn>", self.id)
    }
}

/// The turns as a model sees them.
pub(crate) fn print(turns: &[Turn]) -> String {
    turns.iter().map(Turn::print).collect::<Vec<_>>().join("\n")
}
