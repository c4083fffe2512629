//! Which reply fits a conversation.

use std::sync::atomic::Ordering;

use inference::message::ToolOutput;
use inference::{Content, Message, Request, Role};
use regex::Regex;

use crate::Part;
use crate::fill::{self, Found};
use crate::script::Reply;

/// What the conditions are asked about.
struct Facts {
    system: String,
    user: String,
    /// What tools said, if the last turn brings it.
    results: Option<String>,
}

/// The first reply whose conditions hold and which may be played once more, with what its conditions found.
pub(crate) fn pick<'a>(parts: &'a [Part], request: &Request) -> Option<(&'a Reply, Found)> {
    let facts = Facts::of(request);
    parts.iter().find_map(|part| {
        let found = part.reply.holds(request, &facts)?;
        part.take().then_some((&part.reply, found))
    })
}

impl Part {
    /// Takes one of the times that the reply may be played; false if none is left.
    fn take(&self) -> bool {
        let Some(times) = self.reply.times else { return true };
        let one_more = |played: u32| (played < times).then(|| played + 1);
        self.played.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }
}

impl Reply {
    fn holds(&self, request: &Request, facts: &Facts) -> Option<Found> {
        if self.model.as_ref().is_some_and(|model| *model != request.model) {
            return None;
        }
        let mut found = Found::new();
        seek(self.system.as_ref(), &facts.system, &mut found)?;
        seek(self.user.as_ref(), &facts.user, &mut found)?;
        match (&self.tool_result, &facts.results) {
            (None, None) => {}
            (Some(expression), Some(results)) => seek(Some(expression), results, &mut found)?,
            (None, Some(_)) | (Some(_), None) => return None,
        }
        Some(found)
    }
}

fn seek(expression: Option<&Regex>, text: &str, found: &mut Found) -> Option<()> {
    if let Some(expression) = expression {
        fill::note(found, expression, &expression.captures(text)?);
    }
    Some(())
}

impl Facts {
    fn of(request: &Request) -> Self {
        let from_user = request.messages.iter().rev().filter(|message| message.role == Role::User);
        let user = from_user.map(Message::plain_text).find(|text| !text.is_empty());
        Self {
            system: request.system.join("\n"),
            user: user.unwrap_or_default(),
            results: request.messages.last().and_then(results),
        }
    }
}

fn results(message: &Message) -> Option<String> {
    let results = message.content.iter().filter_map(|content| match content {
        Content::ToolResult(result) => Some(&result.content),
        _ => None,
    });
    let mut texts = results.map(|outputs| outputs.iter().map(said).collect::<Vec<_>>().join("\n")).peekable();
    texts.peek()?;
    Some(texts.collect::<Vec<_>>().join("\n"))
}

pub(crate) fn said(output: &ToolOutput) -> String {
    match output {
        ToolOutput::Text(text) => text.clone(),
        ToolOutput::Json(value) => value.to_string(),
        ToolOutput::Image(_) | ToolOutput::Document(_) => String::new(),
    }
}
