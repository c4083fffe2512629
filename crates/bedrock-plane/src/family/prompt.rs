//! Conversations that are written into one text with a model's own marks. A provider puts in marks of its own, so ours
//! are read back into turns; a text without marks is what the user says.

use inference::{Message, Role};

/// Llama's marks: `<|start_header_id|>user<|end_header_id|>` before each turn, `<|eot_id|>` after it.
pub(super) fn llama(prompt: &str) -> (Vec<String>, Vec<Message>) {
    const BEGIN: &str = "<|start_header_id|>";
    let Some((_, turns)) = prompt.split_once(BEGIN) else { return plain(prompt) };
    let (mut system, mut messages) = (Vec::new(), Vec::new());
    for turn in turns.split(BEGIN) {
        let Some((role, text)) = turn.split_once("<|end_header_id|>") else { return plain(prompt) };
        let text = text.split("<|eot_id|>").next().unwrap_or_default().trim();
        match role.trim() {
            // The prompt ends with the head of the turn that the model is to write.
            _ if text.is_empty() => {}
            "system" => system.push(text.to_owned()),
            "assistant" => messages.push(Message::text(Role::Assistant, text)),
            _ => messages.push(Message::text(Role::User, text)),
        }
    }
    if messages.is_empty() { plain(prompt) } else { (system, messages) }
}

/// Mistral's marks: `[INST] … [/INST]` around what the user says, `</s>` after what the model says.
pub(super) fn mistral(prompt: &str) -> (Vec<String>, Vec<Message>) {
    let Some((_, turns)) = prompt.split_once("[INST]") else { return plain(prompt) };
    let mut messages = Vec::new();
    for turn in turns.split("[INST]") {
        let (asked, answered) = turn.split_once("[/INST]").unwrap_or((turn, ""));
        messages.push(Message::text(Role::User, asked.trim()));
        let answered = answered.trim().trim_end_matches("<s>").trim_end().trim_end_matches("</s>").trim();
        if !answered.is_empty() {
            messages.push(Message::text(Role::Assistant, answered));
        }
    }
    (Vec::new(), messages)
}

fn plain(prompt: &str) -> (Vec<String>, Vec<Message>) {
    (Vec::new(), vec![Message::text(Role::User, prompt)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(messages: &[Message]) -> Vec<(Role, String)> {
        messages.iter().map(|message| (message.role, message.plain_text())).collect()
    }

    #[test]
    fn llamas_marks_are_read_back() {
        let head = |role| format!("<|start_header_id|>{role}<|end_header_id|>\n\n");
        let prompt = format!(
            "<|begin_of_text|>{}Be brief.<|eot_id|>{}Hi<|eot_id|>{}Hello.<|eot_id|>{}Bye<|eot_id|>{}",
            head("system"),
            head("user"),
            head("assistant"),
            head("user"),
            head("assistant")
        );
        let (system, messages) = llama(&prompt);
        assert_eq!(system, ["Be brief."]);
        let expected = [(Role::User, "Hi"), (Role::Assistant, "Hello."), (Role::User, "Bye")];
        assert_eq!(turns(&messages), expected.map(|(role, text)| (role, text.to_owned())));
        assert_eq!(turns(&llama("Just this").1), [(Role::User, "Just this".to_owned())]);
    }

    #[test]
    fn mistrals_marks_are_read_back() {
        let (_, messages) = mistral("<s>[INST] Hi [/INST] Hello.</s><s>[INST] Bye [/INST]");
        let expected = [(Role::User, "Hi"), (Role::Assistant, "Hello."), (Role::User, "Bye")];
        assert_eq!(turns(&messages), expected.map(|(role, text)| (role, text.to_owned())));
    }
}
