//! Asking a model, again if need be.

use std::time::Duration;

use extraction::{Garbage, LONGEST_ANSWER, Prompt};
use futures_util::StreamExt as _;
use inference::{Attribution, Delta, ErrorKind, Event, Message, ModelError, Request, Role};

use super::job::{Job, Step, Trouble};
use crate::service::Memory;

/// How long the first wait is; each is twice as long as the one before,
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// and none longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("the model gave no answer: {0}")]
    Model(ModelError),
    #[error("the model's answer cannot be used: {0}")]
    Garbage(Garbage),
    #[error("the model did not answer within {} seconds", PATIENCE.as_secs())]
    Late,
}

impl Memory {
    /// Asks the step's model until its answer can be read, with waits in between, as often as the options allow.
    pub(super) async fn ask<T: Send>(
        &self,
        job: &Job<'_>,
        step: Step<'_>,
        prompt: &Prompt,
        read: impl Fn(&str) -> Result<T, Garbage> + Send + Sync,
    ) -> Result<T, Trouble> {
        let mut remark = None;
        for attempt in 1.. {
            self.wait_for(self.until_tokens(job.session, &job.strategy.kind)).await?;
            let answer = self.0.stopping.run_until_cancelled(self.ask_once(job, step, prompt, remark)).await;
            let Some(answer) = answer else { return Err(Trouble::Stopping) };
            let trouble = match answer.and_then(|text| read(&text).map_err(NoAnswer::Garbage)) {
                Ok(read) => return Ok(read),
                Err(trouble) => trouble,
            };
            if attempt >= self.0.options.extraction_attempts || !trouble.may_pass() {
                return Err(Trouble::Failed(format!("{}: {trouble}", step.name)));
            }
            remark = trouble.garbage();
            self.wait_for(self.wait(attempt, &trouble)).await?;
        }
        unreachable!("the last attempt has returned")
    }

    /// Waits so long, unless the service is stopping.
    async fn wait_for(&self, time: Duration) -> Result<(), Trouble> {
        if time.is_zero() {
            return Ok(());
        }
        let wait = self.0.clock.sleep_until(self.now().plus(time));
        self.0.stopping.run_until_cancelled(wait).await.ok_or(Trouble::Stopping)
    }

    async fn ask_once(
        &self,
        job: &Job<'_>,
        step: Step<'_>,
        prompt: &Prompt,
        remark: Option<Garbage>,
    ) -> Result<String, NoAnswer> {
        let mut system = vec![prompt.system.clone()];
        system.extend(remark.map(|garbage| {
            format!("An earlier answer could not be used: {garbage}. Keep to the form, and to nothing else.")
        }));
        let request = Request {
            model: step.model(&self.0.options.model).to_owned(),
            system,
            messages: vec![Message::text(Role::User, prompt.user.clone())],
            ..Request::default()
        };
        let whom = Attribution {
            account: job.session.account.to_string(),
            agent: Some(self.arn(&job.session.account, &job.session.memory).to_string()),
            session: Some(job.session.session.to_string()),
            user: Some(job.session.actor.to_string()),
        };
        let deadline = self.0.clock.sleep_until(self.now().plus(PATIENCE));
        tokio::select! {
            answer = self.converse(job, step, request, &whom) => answer,
            () = deadline => Err(NoAnswer::Late),
        }
    }

    /// What the model says, without what it thinks. An answer that grows too long is not read to its end.
    async fn converse(
        &self,
        job: &Job<'_>,
        step: Step<'_>,
        request: Request,
        whom: &Attribution,
    ) -> Result<String, NoAnswer> {
        let mut events = self.0.models.converse(request, whom).await.map_err(NoAnswer::Model)?;
        let mut said = String::new();
        while let Some(event) = events.next().await {
            match event.map_err(NoAnswer::Model)? {
                Event::Delta { delta: Delta::Text(text), .. } => said.push_str(&text),
                Event::Usage(usage) => {
                    let memory = self.arn(&job.session.account, &job.session.memory);
                    self.0.outside.observer.learned(&memory, step.name, usage.total());
                    self.spend_tokens(job.session, &job.strategy.kind, usage.total());
                }
                _ => {}
            }
            if said.len() > LONGEST_ANSWER {
                return Err(NoAnswer::Garbage(Garbage::TooLong(LONGEST_ANSWER)));
            }
        }
        Ok(said)
    }

    /// How long to wait after so many attempts: as long as the provider wants, else longer each time, and for each
    /// job another time, so that not all of them come back at once.
    fn wait(&self, attempt: u32, trouble: &NoAnswer) -> Duration {
        if let NoAnswer::Model(error) = trouble
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind()
        {
            return (*wait).min(LONGEST_WAIT);
        }
        let full = FIRST_WAIT.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_WAIT);
        let mut dice = [0_u8; 1];
        self.0.rng.fill(&mut dice);
        full / 2 + full / 2 * u32::from(dice[0]) / 255
    }
}

impl NoAnswer {
    /// Whether asking again may help.
    fn may_pass(&self) -> bool {
        match self {
            Self::Model(error) => error.kind().is_transient(),
            Self::Garbage(_) | Self::Late => true,
        }
    }

    fn garbage(&self) -> Option<Garbage> {
        match self {
            Self::Garbage(garbage) => Some(*garbage),
            Self::Model(_) | Self::Late => None,
        }
    }
}
