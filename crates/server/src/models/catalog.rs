//! What the file says, as the service wants it.

use std::fmt::Display;

use config::Amount;
use config::models::{self as written, ModelsFile};
use inference::{Sampling, Thinking};
use models::{Alias, Budget, Catalog, ModelPrice, Money, Parameters, Per, Prices, Scope, Target};

use super::embedders::Embedders;
use super::providers::Providers;

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("[{table}]: {message}")]
pub(super) struct Unusable {
    table: String,
    message: String,
}

impl Unusable {
    pub(super) fn new(table: &str, name: &str, why: impl Display) -> Self {
        Self { table: format!("{table}.{name:?}"), message: why.to_string() }
    }
}

/// The catalog that the file describes.
pub(super) fn build(
    file: &ModelsFile,
    providers: &mut Providers,
    embedders: &mut Embedders,
) -> Result<Catalog, Unusable> {
    let mut catalog = Catalog { prices: prices(file)?, ..Catalog::default() };
    for (name, table) in &file.providers {
        let name = name.get_ref();
        catalog.providers.insert(name.clone(), providers.get(name, table)?);
    }
    providers.keep(|name| file.providers.contains_key(name));
    for (name, table) in &file.embedders {
        let name = name.get_ref();
        catalog.embedders.insert(name.clone(), embedders.get(name, table, file)?);
    }
    embedders.keep(|name| file.embedders.contains_key(name));
    for (name, table) in &file.aliases {
        catalog.aliases.insert(name.get_ref().clone(), alias(name.get_ref(), table)?);
    }
    for (name, table) in &file.budgets {
        catalog.budgets.push(budget(name.get_ref(), table)?);
    }
    Ok(catalog)
}

fn alias(name: &str, table: &written::Alias) -> Result<Alias, Unusable> {
    let sets = std::iter::once(&table.targets).chain(&table.fallback);
    let sets = sets.map(|set| set.iter().map(target).collect()).collect();
    Ok(Alias { sets, parameters: parameters(name, &table.parameters)? })
}

fn target(target: &written::Target) -> Target {
    let written::Target { provider, model, weight } = target.clone();
    Target { provider, model, weight }
}

fn parameters(name: &str, table: &written::Parameters) -> Result<Parameters, Unusable> {
    let unusable = |error| Unusable::new("aliases", name, error);
    let extra = serde_json::to_value(&table.extra).map_err(unusable)?;
    Ok(Parameters {
        sampling: Sampling {
            max_tokens: table.max_tokens,
            temperature: table.temperature,
            top_p: table.top_p,
            top_k: table.top_k,
            stop: table.stop.clone(),
            seed: table.seed,
        },
        thinking: match (table.thinking_budget, &table.thinking_effort) {
            (Some(tokens), _) => Thinking::Budget(tokens),
            (None, Some(effort)) => Thinking::Effort(effort.clone()),
            (None, None) => Thinking::Unset,
        },
        extra: extra.as_object().cloned().unwrap_or_default(),
    })
}

fn prices(file: &ModelsFile) -> Result<Prices, Unusable> {
    let mut prices = Prices::default();
    if let Some(currency) = &file.currency {
        prices.currency.clone_from(currency);
    }
    for (name, table) in &file.prices {
        let name = name.get_ref();
        let price = |what, amount: &Option<Amount>| match amount {
            Some(amount) => {
                money(amount).map_err(|why| Unusable::new("prices", name, format!("{what} = {why}")))
            }
            None => Ok(Money::default()),
        };
        let price = ModelPrice {
            input: price("input", &table.input)?,
            output: price("output", &table.output)?,
            cache_read: price("cache-read", &table.cache_read)?,
            cache_write: price("cache-write", &table.cache_write)?,
        };
        prices.models.insert(name.clone(), price);
    }
    Ok(prices)
}

fn budget(name: &str, table: &written::Budget) -> Result<Budget, Unusable> {
    let written::Budget { limit, per, account, agent, session, user, alias } = table.clone();
    let limit = money(&limit).map_err(|why| Unusable::new("budgets", name, format!("limit = {why}")))?;
    let per = match per {
        written::Per::Day => Per::Day,
        written::Per::Month => Per::Month,
    };
    Ok(Budget { name: name.to_owned(), limit, per, scope: Scope { account, agent, session, user, alias } })
}

fn money(amount: &Amount) -> Result<Money, String> {
    let Amount(text) = amount;
    Money::parse(text).ok_or_else(|| {
        format!("{text:?} is no amount: write a plain decimal number with at most nine places, such as 0.075")
    })
}
