//! The formats that models' makers gave their models' bodies, for `InvokeModel`.

mod anthropic;
mod body;
mod cohere;
mod cohere_embed;
mod llama;
mod mistral;
mod nova;
mod openai;
mod prompt;
mod titan;
mod titan_embed;

use fault::{Fault, Result};
use inference::{Answer, Embedding, Event, Purpose, Request, StopReason, Usage};
use restjson::Value;

use crate::model;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Anthropic,
    Cohere,
    CohereEmbed,
    Llama,
    Mistral,
    Nova,
    OpenAi,
    Titan,
    TitanEmbed,
}

/// How Bedrock's model ids begin, after the part that says in which regions they run.
const IDS: [(&str, Family); 11] = [
    ("anthropic.", Family::Anthropic),
    ("amazon.nova", Family::Nova),
    ("amazon.titan-embed", Family::TitanEmbed),
    ("amazon.titan-text", Family::Titan),
    ("amazon.titan-tg1", Family::Titan),
    ("meta.llama", Family::Llama),
    ("mistral.", Family::Mistral),
    ("cohere.command-r", Family::Cohere),
    ("cohere.embed", Family::CohereEmbed),
    ("openai.gpt", Family::OpenAi),
    ("openai.o", Family::OpenAi),
];

/// What a body asks for.
pub(crate) enum Wanted {
    /// That a model goes on.
    Answer(Box<Request>, Box<dyn Writer>),
    /// That texts become vectors, by this embedder.
    Vectors(String, Vectors),
}

/// Texts that are to become vectors, and how these are written down.
pub(crate) struct Vectors {
    pub(crate) texts: Vec<String>,
    pub(crate) purpose: Purpose,
    pub(crate) write: Box<dyn FnOnce(Vec<Embedding>) -> Result<Value> + Send>,
}

/// Writes answers in a format.
pub(crate) trait Writer: Send + 'static {
    /// A whole answer.
    fn whole(&mut self, answer: Answer) -> Result<Value>;

    /// What is to be said at this step of an answer that arrives; never the end or the usage.
    fn step(&mut self, event: Event) -> Vec<Value>;

    /// What is to be said at the end: at least one chunk.
    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value>;
}

/// What is known beside the body.
pub(crate) struct About<'a> {
    /// The model, as the caller names it.
    pub(crate) model: &'a str,
    /// Something that no other answer has.
    pub(crate) id: &'a str,
    /// When the request came, in seconds since 1970.
    pub(crate) created: i64,
}

impl Family {
    /// The format of a model's bodies: by its id, else by what only one format has.
    pub(crate) fn of(model: &str, body: &Value) -> Result<Self> {
        let name = model::within_arn(model).unwrap_or(model);
        let begins = |prefix: &str| name.starts_with(prefix) || name.contains(&format!(".{prefix}"));
        let by_id = IDS.iter().find(|(prefix, _)| begins(prefix)).map(|(_, family)| *family);
        by_id.or_else(|| Self::by_marks(body)).ok_or_else(|| {
            let why = format!(
                "does not tell the format of the body: {model:?} is none of Bedrock's ids. Name the alias as Bedrock \
                 names the model (such as anthropic.claude-sonnet-4-6), or use Converse, which takes every alias"
            );
            Fault::field("modelId", why)
        })
    }

    fn by_marks(body: &Value) -> Option<Self> {
        let has = |member: &str| body.get(member).is_some();
        match () {
            () if has("anthropic_version") => Some(Self::Anthropic),
            () if has("schemaVersion") => Some(Self::Nova),
            () if has("textGenerationConfig") => Some(Self::Titan),
            () if has("max_gen_len") => Some(Self::Llama),
            () => None,
        }
    }

    /// What a body in this format asks for.
    pub(crate) fn read(self, body: Value, about: &About<'_>) -> Result<Wanted> {
        let mut wanted = match self {
            Self::Anthropic => anthropic::read(body, about)?,
            Self::Cohere => cohere::read(body, about)?,
            Self::CohereEmbed => cohere_embed::read(body, about)?,
            Self::Llama => llama::read(body)?,
            Self::Mistral => mistral::read(body, about)?,
            Self::Nova => nova::read(body, about)?,
            Self::OpenAi => openai::read(body, about)?,
            Self::Titan => titan::read(body)?,
            Self::TitanEmbed => titan_embed::read(body)?,
        };
        match &mut wanted {
            Wanted::Answer(request, _) => about.model.clone_into(&mut request.model),
            Wanted::Vectors(model, _) => about.model.clone_into(model),
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests;
