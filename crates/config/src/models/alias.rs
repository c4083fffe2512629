//! Names that agents use for models.

use serde::Deserialize;

/// A name, and the models that it stands for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alias {
    /// One of these answers, each as often as its weight says.
    pub targets: Vec<Target>,
    /// Further such sets, each for when the one before it fails.
    #[serde(default)]
    pub fallback: Vec<Vec<Target>>,
    /// What holds where the caller says nothing.
    #[serde(default)]
    pub parameters: Parameters,
}

/// A model of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// The provider, by its name in this file.
    pub provider: String,
    /// The model, by the provider's own id.
    pub model: String,
    /// Its share of the calls among the targets beside it.
    #[serde(default = "one")]
    pub weight: u32,
}

/// What holds where the caller says nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parameters {
    /// The most tokens that an answer may have.
    pub max_tokens: Option<u32>,
    /// 0 for the likeliest answer, higher for more variety.
    pub temperature: Option<f64>,
    /// Only tokens among this share of the probability.
    pub top_p: Option<f64>,
    /// Only this many of the likeliest tokens.
    pub top_k: Option<u32>,
    /// Texts that end the answer.
    #[serde(default)]
    pub stop: Vec<String>,
    /// For answers that can be repeated.
    pub seed: Option<i64>,
    /// Tokens that the model may think for.
    pub thinking_budget: Option<u32>,
    /// How much it is to think, in the provider's words.
    pub thinking_effort: Option<String>,
    /// Further members of the provider's own request.
    #[serde(default)]
    pub extra: toml::Table,
}

fn one() -> u32 {
    1
}
