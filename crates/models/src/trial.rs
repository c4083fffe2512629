//! Trying a name out with one small call.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use inference::{
    Attribution, BlockStart, Delta, Event, Inference as _, Message, ModelError, Purpose, Request, Role,
    Sampling, Usage,
};

use crate::service::Models;

/// Enough for a word, and for models that think before they speak.
const MOST_TOKENS: u32 = 256;
/// More of an answer than this is not kept.
const MOST_TEXT: usize = 400;

/// What came of trying a name out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// How long the first of the answer took.
    pub first_token: Option<Duration>,
    /// How long the whole answer took.
    pub whole: Duration,
    /// The beginning of what the model said, or what there is to say of a vector.
    pub said: String,
    /// What the provider counted.
    pub usage: Option<Usage>,
}

impl Models {
    /// Has the model of this name say a word. It is a call as any other: it is paid for and written down.
    pub async fn try_model(&self, name: &str, whom: &Attribution) -> Result<Trial, ModelError> {
        let begun = self.0.clock.elapsed();
        let request = Request {
            model: name.to_owned(),
            messages: vec![Message::text(Role::User, "Answer with one word: are you there?")],
            sampling: Sampling { max_tokens: Some(MOST_TOKENS), ..Sampling::default() },
            ..Request::default()
        };
        let mut events = self.converse(request, whom).await?;
        let mut trial = Trial::default();
        while let Some(event) = events.try_next().await? {
            let after = self.0.clock.elapsed().saturating_sub(begun);
            match event {
                Event::Delta { delta, .. } => {
                    trial.first_token.get_or_insert(after);
                    if let Delta::Text(text) = delta {
                        trial.said.extend(text.chars().take(MOST_TEXT.saturating_sub(trial.said.len())));
                    }
                }
                Event::BlockStart { block: BlockStart::ToolUse { name, .. }, .. } => {
                    trial.said.push_str(&format!("(asks for the tool {name})"));
                }
                Event::Usage(usage) => *trial.usage.get_or_insert_default() += usage,
                _ => {}
            }
        }
        trial.whole = self.0.clock.elapsed().saturating_sub(begun);
        Ok(trial)
    }

    /// Has the embedder of this name turn a sentence into a vector.
    pub async fn try_embedder(&self, name: &str, whom: &Attribution) -> Result<Trial, ModelError> {
        let begun = self.0.clock.elapsed();
        let text = ["The quick brown fox jumps over the lazy dog.".to_owned()];
        let vectors = self.embed(name, &text, Purpose::Query, whom).await?;
        let whole = self.0.clock.elapsed().saturating_sub(begun);
        let said = vectors.first().map(|vector| vector.embedder.to_string()).unwrap_or_default();
        Ok(Trial { whole, said, ..Trial::default() })
    }

    /// Whether there is an embedder of this name and no model.
    pub fn is_embedder(&self, name: &str) -> bool {
        let catalog = self.0.as_it_is().catalog;
        catalog.embedders.contains_key(name) && !catalog.aliases.contains_key(name)
    }
}
