//! Texts become vectors where there is an embedder. One that fails is left alone for a while: meanwhile everything is
//! found by its words, and nobody waits for it.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use ids::AccountId;
use inference::{Attribution, Embedding, ErrorKind, ModelError, Purpose};
use stdx::Timestamp;

use crate::service::Memory;

/// How many texts are embedded by one call.
const AT_ONCE: usize = 32;
/// How long one call may take, and one that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_FOR_QUESTIONS: Duration = Duration::from_secs(5);
/// How long the embedder is left alone after its first failure, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What became of texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Embedded {
    /// A vector for each; none for those that the embedder cannot take.
    Vectors(Vec<Option<Embedding>>),
    /// There is no embedder.
    Never,
    /// The embedder does not answer at the moment.
    Later,
}

/// Whether the embedder is worth asking.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// There was none when it was asked for last.
    absent: bool,
    failures: u32,
    quiet_until: Option<Timestamp>,
}

impl Health {
    /// Until when the embedder is left alone.
    pub(crate) fn quiet_until(&self) -> Option<Timestamp> {
        self.known().quiet_until
    }

    /// Whether there is one, as far as is known, that is not left alone.
    pub(crate) fn may_answer(&self, now: Timestamp) -> bool {
        let known = *self.known();
        !known.absent && known.quiet_until.is_none_or(|until| until <= now)
    }

    fn is_absent(&self) {
        *self.known() = Known { absent: true, ..Known::default() };
    }

    fn failed(&self, now: Timestamp) {
        let mut known = self.known();
        let pause = FIRST_PAUSE.saturating_mul(1 << known.failures.min(16)).min(LONGEST_PAUSE);
        *known = Known { absent: false, failures: known.failures + 1, quiet_until: Some(now.plus(pause)) };
    }

    /// It answered. Says whether that is news.
    fn answered(&self) -> bool {
        let before = std::mem::take(&mut *self.known());
        before.absent || before.failures > 0
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("no holder of the embedder's lock panics")
    }
}

impl Memory {
    /// A vector for each text.
    pub(crate) async fn embed(&self, account: &AccountId, texts: &[String], purpose: Purpose) -> Embedded {
        let quiet = self.0.embedder.quiet_until();
        if quiet.is_some_and(|until| self.now() < until) {
            return Embedded::Later;
        }
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(AT_ONCE) {
            match self.embed_some(account, texts, purpose).await {
                Ok(some) => vectors.extend(some),
                Err(error) if *error.kind() == ErrorKind::NotConfigured => {
                    self.0.embedder.is_absent();
                    return Embedded::Never;
                }
                Err(error) => {
                    tracing::warn!(%error, "the embedder does not answer: search is by words alone meanwhile");
                    self.0.embedder.failed(self.now());
                    return Embedded::Later;
                }
            }
        }
        if self.0.embedder.answered() {
            // What is found by its words alone can have its vectors now.
            self.0.unindexed.notify_one();
        }
        Embedded::Vectors(vectors)
    }

    async fn embed_some(
        &self,
        account: &AccountId,
        texts: &[String],
        purpose: Purpose,
    ) -> Result<Vec<Option<Embedding>>, ModelError> {
        let refused = match self.ask_embedder(account, texts, purpose).await {
            Err(error) if is_of_text(&error) => error,
            answer => return answer.map(|vectors| vectors.into_iter().map(Some).collect()),
        };
        let [_] = texts else {
            // One text must not keep the others from being embedded.
            let mut vectors = Vec::with_capacity(texts.len());
            for text in texts {
                let one = Box::pin(self.embed_some(account, std::slice::from_ref(text), purpose));
                vectors.extend(one.await?);
            }
            return Ok(vectors);
        };
        tracing::warn!(error = %refused, "a text cannot be embedded: it is found by its words alone");
        Ok(vec![None])
    }

    async fn ask_embedder(
        &self,
        account: &AccountId,
        texts: &[String],
        purpose: Purpose,
    ) -> Result<Vec<Embedding>, ModelError> {
        let whom = Attribution { account: account.to_string(), ..Attribution::default() };
        let patience = match purpose {
            Purpose::Document => PATIENCE,
            Purpose::Query => PATIENCE_FOR_QUESTIONS,
        };
        let answer = self.0.models.embed(&self.0.options.embedder, texts, purpose, &whom);
        let vectors = tokio::select! {
            answer = answer => answer?,
            () = self.0.clock.sleep_until(self.now().plus(patience)) => {
                return Err(ModelError::new(ErrorKind::Timeout, "the embedder did not answer in time"));
            }
        };
        if vectors.len() != texts.len() {
            let message = format!("the embedder gave {} vectors for {} texts", vectors.len(), texts.len());
            return Err(ModelError::new(ErrorKind::Malformed, message));
        }
        Ok(vectors)
    }
}

/// Whether it is the text, not the embedder, that is at fault.
fn is_of_text(error: &ModelError) -> bool {
    matches!(error.kind(), ErrorKind::Invalid | ErrorKind::ContextTooLong)
}
