//! Where in a request a guardrail looks.

use inference::{Content, Request, Role};

/// Where in a request a guardrail looks: where the caller says so, else at all that the user says.
#[derive(Default)]
pub(crate) struct Places {
    system: Vec<usize>,
    messages: Vec<(usize, usize)>,
}

impl Places {
    /// Marks a system text, by its place.
    pub(crate) fn mark_system(&mut self, place: usize) {
        self.system.push(place);
    }

    /// Marks a content block, by its message's place and its own.
    pub(crate) fn mark(&mut self, message: usize, block: usize) {
        self.messages.push((message, block));
    }

    /// The texts at these places.
    pub(super) fn texts<'r>(&self, request: &'r mut Request) -> Vec<&'r mut String> {
        let marked = !self.system.is_empty() || !self.messages.is_empty();
        let system = request.system.iter_mut().enumerate();
        let mut texts: Vec<_> =
            system.filter(|(place, _)| self.system.contains(place)).map(|(_, text)| text).collect();
        for (message_place, message) in request.messages.iter_mut().enumerate() {
            let said_by_user = message.role == Role::User;
            for (place, content) in message.content.iter_mut().enumerate() {
                let wanted = match marked {
                    true => self.messages.contains(&(message_place, place)),
                    false => said_by_user,
                };
                if let (true, Content::Text(text)) = (wanted, content) {
                    texts.push(text);
                }
            }
        }
        texts
    }
}
