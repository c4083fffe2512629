//! What is configured, as answers show it.

use models::{AliasView, EmbedderView, Health, ListView, ProviderView, Spent, TargetView};
use serde::Serialize;

use crate::answer::moment;

/// What is configured, as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    /// Why what the file says now is not in use.
    trouble: Option<String>,
    currency: String,
    aliases: Vec<Alias>,
    providers: Vec<Provider>,
    embedders: Vec<Embedder>,
    budgets: Vec<Budget>,
}

#[derive(Debug, Serialize)]
struct Alias {
    name: String,
    /// In the order in which they have their turns.
    sets: Vec<Vec<Target>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    provider: String,
    model: String,
    weight: u32,
    health: &'static str,
    paused_seconds: Option<u64>,
    priced: bool,
}

#[derive(Debug, Serialize)]
struct Provider {
    name: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Embedder {
    name: String,
    kind: &'static str,
    provider: String,
    model: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Budget {
    name: String,
    limit: String,
    spent: String,
    currency: String,
    per: &'static str,
    renews_at: String,
    used_up: bool,
    account: Option<String>,
    agent: Option<String>,
    session: Option<String>,
    user: Option<String>,
    alias: Option<String>,
}

impl From<ListView> for Listed {
    fn from(view: ListView) -> Self {
        Self {
            trouble: view.trouble,
            currency: view.currency,
            aliases: view.aliases.into_iter().map(Alias::from).collect(),
            providers: view.providers.into_iter().map(Provider::from).collect(),
            embedders: view.embedders.into_iter().map(Embedder::from).collect(),
            budgets: view.budgets.into_iter().map(Budget::from).collect(),
        }
    }
}

impl From<AliasView> for Alias {
    fn from(view: AliasView) -> Self {
        let sets = view.sets.into_iter().map(|set| set.into_iter().map(Target::from).collect());
        Self { name: view.name, sets: sets.collect() }
    }
}

impl From<TargetView> for Target {
    fn from(view: TargetView) -> Self {
        let (health, paused_seconds) = match view.health {
            Health::Ok => ("OK", None),
            Health::Paused(seconds) => ("PAUSED", Some(seconds)),
            Health::Trial => ("TRIAL", None),
        };
        let models::Target { provider, model, weight } = view.target;
        Self { provider, model, weight, health, paused_seconds, priced: view.priced }
    }
}

impl From<ProviderView> for Provider {
    fn from(ProviderView { name, kind }: ProviderView) -> Self {
        Self { name, kind }
    }
}

impl From<EmbedderView> for Embedder {
    fn from(EmbedderView { name, kind, provider, model }: EmbedderView) -> Self {
        Self { name, kind, provider, model }
    }
}

impl From<Spent> for Budget {
    fn from(Spent { budget, spent, renews, currency }: Spent) -> Self {
        let models::Scope { account, agent, session, user, alias } = budget.scope;
        Self {
            name: budget.name,
            limit: budget.limit.to_string(),
            spent: spent.to_string(),
            currency,
            per: budget.per.as_str(),
            renews_at: moment(renews),
            used_up: spent >= budget.limit,
            account,
            agent,
            session,
            user,
            alias,
        }
    }
}
