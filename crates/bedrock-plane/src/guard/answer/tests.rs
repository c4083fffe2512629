//! Answers under a guardrail.

use std::sync::Arc;

use guardrails::Guardrail;
use inference::{Message, Role};

use super::*;

fn guard(waits: bool) -> Guard {
    let table = "words = [\"condor\"]\n[pii]\nEMAIL = \"anonymize\"\n".parse().unwrap();
    Guard {
        guardrail: Arc::new(Guardrail::parse("g", &table).unwrap()),
        version: "DRAFT".to_owned(),
        arn: "arn".to_owned(),
        waits,
        trace: None,
    }
}

fn said(text: &str) -> Vec<Content> {
    vec![Content::Text(text.to_owned())]
}

async fn told(waits: bool, text: &str) -> (Message, StopReason) {
    let events = whole(said(text), StopReason::EndTurn, Usage::default());
    let answer = Answer::collect(guard(waits).watch(events).await.unwrap()).await.unwrap();
    (answer.message, answer.stop)
}

#[tokio::test]
async fn an_answer_waits_and_is_masked_or_blocked() {
    let message = |text: &str| Message::text(Role::Assistant, text);
    assert_eq!(told(true, "ask a@b.org").await, (message("ask {EMAIL}"), StopReason::EndTurn));
    let (blocked, stop) = told(true, "the condor").await;
    assert!(blocked.plain_text().starts_with("Sorry"), "{blocked:?}");
    assert_eq!(stop, StopReason::GuardrailIntervened);
}

#[tokio::test]
async fn an_answer_that_does_not_wait_ends_where_it_may_not_go_on() {
    let (message, stop) = told(false, "the condor").await;
    assert_eq!((message.plain_text().as_str(), stop), ("the condor", StopReason::GuardrailIntervened));
    let (message, stop) = told(false, "nothing").await;
    assert_eq!((message.plain_text().as_str(), stop), ("nothing", StopReason::EndTurn));
}
