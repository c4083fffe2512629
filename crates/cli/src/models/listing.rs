//! What models there are: as a server tells it, or as the models file says.

use config::ModelsFile;
use serde::{Deserialize, Serialize};

use crate::sessions::moment;
use crate::table::Table;

/// Names, who answers for them, and how those do.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listing {
    /// Why the server does not use what the file says now.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    aliases: Vec<Alias>,
    providers: Vec<Provider>,
    embedders: Vec<Embedder>,
    /// Known to a server only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<Budget>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Alias {
    name: String,
    /// Sets of targets, in the order in which they have their turns.
    sets: Vec<Vec<Target>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    provider: String,
    model: String,
    weight: u32,
    /// Known to a server only, as the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priced: Option<bool>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Provider {
    name: String,
    kind: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Embedder {
    name: String,
    kind: String,
    provider: String,
    model: String,
}

/// What may be spent, and what was.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Budget {
    name: String,
    limit: String,
    spent: String,
    currency: String,
    per: String,
    renews_at: String,
}

impl Target {
    fn health(&self) -> String {
        match (&self.health, self.paused_seconds) {
            (Some(health), Some(seconds)) => format!("{}, {seconds} s", health.to_lowercase()),
            (Some(health), None) => health.to_lowercase(),
            (None, _) => "-".to_owned(),
        }
    }

    fn price(&self) -> &'static str {
        match self.priced {
            Some(true) => "known",
            Some(false) => "unknown",
            None => "-",
        }
    }
}

impl Listing {
    /// What the file says.
    pub(super) fn of(file: &ModelsFile) -> Self {
        let target = |target: &config::models::Target| Target {
            provider: target.provider.clone(),
            model: target.model.clone(),
            weight: target.weight,
            health: None,
            paused_seconds: None,
            priced: None,
        };
        let sets = |alias: &config::models::Alias| {
            let all = std::iter::once(&alias.targets).chain(&alias.fallback);
            all.map(|set| set.iter().map(target).collect()).collect()
        };
        let aliases = file.aliases.iter().map(|(name, alias)| (name.get_ref().clone(), sets(alias)));
        let providers = file.providers.iter().map(|(name, provider)| Provider {
            name: name.get_ref().clone(),
            kind: provider.kind.as_str().to_owned(),
        });
        let embedders = file.embedders.iter().map(|(name, embedder)| {
            let path = embedder.path.as_ref().map(|path| path.display().to_string());
            Embedder {
                name: name.get_ref().clone(),
                kind: embedder.kind.as_str().to_owned(),
                provider: embedder.provider.clone().unwrap_or_else(|| "local".to_owned()),
                model: embedder.model.clone().or(path).unwrap_or_default(),
            }
        });
        Self {
            trouble: None,
            aliases: aliases.map(|(name, sets)| Alias { name, sets }).collect(),
            providers: providers.collect(),
            embedders: embedders.collect(),
            budgets: Vec::new(),
        }
    }

    /// Tables for people.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        if let Some(trouble) = &self.trouble {
            text.push_str(&format!("what the models file says now is not in use: {trouble}\n\n"));
        }
        if self.aliases.is_empty() && self.embedders.is_empty() {
            text.push_str(
                "no models; for example: freehold models add default --provider anthropic --model \
                 claude-sonnet-4-6 --api-key-env ANTHROPIC_API_KEY\n",
            );
        }
        let tables = [self.aliases(), self.embedders(), self.budgets()];
        let tables: Vec<String> = tables.into_iter().flatten().map(|table| table.render()).collect();
        text + &tables.join("\n")
    }

    fn aliases(&self) -> Option<Table> {
        let mut table =
            Table::new(&["NAME", "TURN", "PROVIDER", "KIND", "MODEL", "WEIGHT", "HEALTH", "PRICE"]);
        for alias in &self.aliases {
            let turns = alias.sets.iter().enumerate();
            for (turn, target) in
                turns.flat_map(|(turn, set)| set.iter().map(move |target| (turn + 1, target)))
            {
                table.push(vec![
                    alias.name.clone(),
                    turn.to_string(),
                    target.provider.clone(),
                    self.kind(&target.provider),
                    target.model.clone(),
                    target.weight.to_string(),
                    target.health(),
                    target.price().to_owned(),
                ]);
            }
        }
        (!self.aliases.is_empty()).then_some(table)
    }

    fn embedders(&self) -> Option<Table> {
        let mut table = Table::new(&["EMBEDDER", "KIND", "PROVIDER", "MODEL"]);
        for embedder in &self.embedders {
            let Embedder { name, kind, provider, model } = embedder;
            table.push([name, kind, provider, model].map(Clone::clone).to_vec());
        }
        (!self.embedders.is_empty()).then_some(table)
    }

    fn budgets(&self) -> Option<Table> {
        let mut table = Table::new(&["BUDGET", "SPENT", "LIMIT", "CURRENCY", "PER", "RENEWS"]);
        for budget in &self.budgets {
            let Budget { name, spent, limit, currency, per, renews_at } = budget;
            let mut row = [name, spent, limit, currency, per].map(Clone::clone).to_vec();
            row.push(moment(renews_at));
            table.push(row);
        }
        (!self.budgets.is_empty()).then_some(table)
    }

    fn kind(&self, provider: &str) -> String {
        let found = self.providers.iter().find(|known| known.name == provider);
        found.map_or_else(|| "-".to_owned(), |known| known.kind.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn shown(file: &str) -> String {
        Listing::of(&ModelsFile::parse(file, Path::new("models.toml")).unwrap()).render()
    }

    #[test]
    fn every_target_has_its_turn() {
        let file = "[providers.a]\nkind = \"anthropic\"\napi-key = { env = \"KEY\" }\n[providers.o]\nkind = \"openai\"\n\
                    [aliases.default]\ntargets = [{ provider = \"a\", model = \"x\", weight = 3 }]\n\
                    fallback = [[{ provider = \"o\", model = \"y\" }]]\n\
                    [embedders.default]\nkind = \"local\"\npath = \"minilm\"\n";
        assert_eq!(
            shown(file),
            "NAME     TURN  PROVIDER  KIND       MODEL  WEIGHT  HEALTH  PRICE\n\
             default  1     a         anthropic  x      3       -       -\n\
             default  2     o         openai     y      1       -       -\n\
             \n\
             EMBEDDER  KIND   PROVIDER  MODEL\n\
             default   local  local     minilm\n"
        );
    }

    #[test]
    fn a_server_tells_more() {
        let answer = serde_json::json!({
            "trouble": "line 7",
            "currency": "USD",
            "aliases": [{ "name": "default", "sets": [[
                { "provider": "a", "model": "x", "weight": 1, "health": "PAUSED", "pausedSeconds": 12, "priced": true }
            ]] }],
            "providers": [{ "name": "a", "kind": "anthropic" }],
            "embedders": [],
            "budgets": [{
                "name": "research", "limit": "50", "spent": "1.5", "currency": "USD", "per": "month",
                "renewsAt": "2026-12-01T00:00:00Z", "usedUp": false
            }],
        });
        let listing: Listing = serde_json::from_value(answer).unwrap();
        assert_eq!(
            listing.render(),
            "what the models file says now is not in use: line 7\n\n\
             NAME     TURN  PROVIDER  KIND       MODEL  WEIGHT  HEALTH        PRICE\n\
             default  1     a         anthropic  x      1       paused, 12 s  known\n\
             \n\
             BUDGET    SPENT  LIMIT  CURRENCY  PER    RENEWS\n\
             research  1.5    50     USD       month  2026-12-01 00:00:00 UTC\n"
        );
    }

    #[test]
    fn who_has_no_models_is_told_how_to_get_some() {
        assert!(shown("").contains("freehold models add default"));
    }
}
