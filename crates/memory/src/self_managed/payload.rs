//! A conversation as its owner gets it, in AgentCore's form.

use extraction::{Message, Speaker};
use serde_json::{Value, json};
use stdx::Timestamp;

use crate::extraction::Conversation;

pub(super) fn of(conversation: &Conversation<'_>) -> Value {
    let Conversation { job, strategy, session, current, past, .. } = conversation;
    let times = || current.iter().map(|message| message.at);
    let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_secs);
    json!({
        "requestId": job,
        "accountId": session.account.as_str(),
        "memoryId": session.memory.as_str(),
        "actorId": session.actor.as_str(),
        "sessionId": session.session.as_str(),
        "strategyId": strategy.id.as_str(),
        "startingTimestamp": seconds(times().min()),
        "endingTimestamp": seconds(times().max()),
        "currentContext": current.iter().map(message).collect::<Vec<_>>(),
        "historicalContext": past.iter().map(message).collect::<Vec<_>>(),
    })
}

fn message(message: &Message) -> Value {
    let role = match message.speaker {
        Speaker::User => "USER",
        Speaker::Assistant => "ASSISTANT",
        Speaker::Tool => "TOOL",
        Speaker::Other => "OTHER",
        Speaker::Data => return json!({ "blob": message.text }),
    };
    said(role, &message.text)
}

fn said(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": { "text": text } })
}
