//! What a file must not get wrong although each of its words is known.

use toml::Spanned;

use super::{Alias, Embedder, EmbedderKind, ModelsFile, Named, Provider, ProviderKind, Target};

/// A table that is wrong, and where it begins.
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) table: String,
    pub(super) message: String,
}

/// The first thing that is wrong with the file.
pub(super) fn check(file: &ModelsFile) -> Result<(), Wrong> {
    each("providers", &file.providers, |_, provider| check_provider(provider))?;
    each("aliases", &file.aliases, |_, alias| check_alias(file, alias))?;
    each("embedders", &file.embedders, |_, embedder| check_embedder(file, embedder))?;
    each("prices", &file.prices, |name, _| check_priced(file, name))?;
    each("budgets", &file.budgets, |_, budget| match &budget.alias {
        Some(alias) if !known(&file.aliases, alias) && !known(&file.embedders, alias) => {
            Err(format!("no alias or embedder is called {alias:?}; there are {}", names(&file.aliases)))
        }
        _ => Ok(()),
    })
}

fn each<T>(
    table: &str,
    entries: &Named<T>,
    check: impl Fn(&str, &T) -> Result<(), String>,
) -> Result<(), Wrong> {
    for (name, entry) in entries {
        check(name.get_ref(), entry).map_err(|message| {
            let table = format!("{table}.{}", quoted(name.get_ref()));
            Wrong { at: name.span().start, table, message }
        })?;
    }
    Ok(())
}

fn check_provider(provider: &Provider) -> Result<(), String> {
    use ProviderKind::{Bedrock, Scripted};
    let kind = provider.kind;
    let only = |set: bool, word: &str, of: ProviderKind| match set && kind != of {
        true => Err(format!(
            "`{word}` is for providers of kind {:?}, this one is {:?}",
            of.as_str(),
            kind.as_str()
        )),
        false => Ok(()),
    };
    only(provider.script.is_some(), "script", Scripted)?;
    only(provider.region.is_some(), "region", Bedrock)?;
    only(provider.profile.is_some(), "profile", Bedrock)?;
    only(provider.access_key_id.is_some(), "access-key-id", Bedrock)?;
    only(provider.secret_access_key.is_some(), "secret-access-key", Bedrock)?;
    only(provider.session_token.is_some(), "session-token", Bedrock)?;
    if provider.access_key_id.is_some() != provider.secret_access_key.is_some() {
        return Err(
            "`access-key-id` and `secret-access-key` belong together; one of them is missing".to_owned()
        );
    }
    let lacks =
        |what: &str, example: &str| Err(format!("`{what}` is missing; write, for example, {example}"));
    match kind {
        Scripted if provider.script.is_none() => lacks("script", r#"script = "script.toml""#),
        Bedrock if provider.region.is_none() => lacks("region", r#"region = "us-east-1""#),
        ProviderKind::Anthropic if provider.api_key.is_none() => {
            lacks("api-key", r#"api-key = { env = "ANTHROPIC_API_KEY" }"#)
        }
        ProviderKind::Gemini if provider.api_key.is_none() => {
            lacks("api-key", r#"api-key = { env = "GEMINI_API_KEY" }"#)
        }
        _ => check_numbers(provider),
    }
}

fn check_numbers(provider: &Provider) -> Result<(), String> {
    let times = [
        ("connect-seconds", provider.connect_seconds),
        ("first-byte-seconds", provider.first_byte_seconds),
        ("idle-seconds", provider.idle_seconds),
    ];
    match times.into_iter().find(|(_, seconds)| *seconds == Some(0)) {
        Some((word, _)) => Err(format!("`{word} = 0` leaves no time at all; leave it out for the default")),
        None => Ok(()),
    }
}

fn check_alias(file: &ModelsFile, alias: &Alias) -> Result<(), String> {
    let sets = std::iter::once(("targets", &alias.targets));
    for (word, set) in sets.chain(alias.fallback.iter().map(|set| ("fallback", set))) {
        check_set(file, word, set)?;
    }
    let parameters = &alias.parameters;
    if parameters.thinking_budget.is_some() && parameters.thinking_effort.is_some() {
        return Err("say either `thinking-budget` or `thinking-effort`, not both".to_owned());
    }
    if parameters.max_tokens == Some(0) {
        return Err("`max-tokens = 0` allows no answer".to_owned());
    }
    Ok(())
}

fn check_set(file: &ModelsFile, word: &str, set: &[Target]) -> Result<(), String> {
    if set.is_empty() {
        return Err(format!("`{word}` has a list without a target"));
    }
    if set.iter().all(|target| target.weight == 0) {
        return Err(format!(
            "`{word}` has a list in which every weight is 0, so that nothing would be chosen"
        ));
    }
    for target in set {
        if !known(&file.providers, &target.provider) {
            let providers = names(&file.providers);
            return Err(format!("no provider is called {:?}; there are {providers}", target.provider));
        }
        if target.model.is_empty() {
            return Err(format!("a target of provider {:?} names no model", target.provider));
        }
    }
    Ok(())
}

fn check_embedder(file: &ModelsFile, embedder: &Embedder) -> Result<(), String> {
    let kind = embedder.kind.as_str();
    if embedder.kind == EmbedderKind::Local {
        if embedder.provider.is_some() || embedder.model.is_some() || embedder.dimensions.is_some() {
            return Err("an embedder of kind \"local\" has a `path` and nothing else".to_owned());
        }
        return match embedder.path {
            Some(_) => Ok(()),
            None => Err("`path` is missing: the directory that holds the model".to_owned()),
        };
    }
    if embedder.path.is_some() {
        return Err(format!("`path` is for embedders of kind \"local\", this one is {kind:?}"));
    }
    let (Some(name), Some(_)) = (&embedder.provider, &embedder.model) else {
        return Err(format!("an embedder of kind {kind:?} needs a `provider` and a `model`"));
    };
    let Some(provider) = file.providers.get(name.as_str()) else {
        return Err(format!("no provider is called {name:?}; there are {}", names(&file.providers)));
    };
    let fits = match embedder.kind {
        EmbedderKind::Bedrock => provider.kind == ProviderKind::Bedrock,
        _ => matches!(provider.kind, ProviderKind::OpenAi | ProviderKind::OpenAiResponses),
    };
    match fits {
        true => Ok(()),
        false => Err(format!(
            "the provider {name:?} is of kind {:?}, so it cannot serve an embedder of kind {kind:?}",
            provider.kind.as_str()
        )),
    }
}

fn check_priced(file: &ModelsFile, name: &str) -> Result<(), String> {
    match name.split_once('/') {
        None => Err("a price is written under \"provider/model\"".to_owned()),
        Some((provider, _)) if !known(&file.providers, provider) => {
            Err(format!("no provider is called {provider:?}; there are {}", names(&file.providers)))
        }
        Some(_) => Ok(()),
    }
}

fn known<T>(entries: &Named<T>, name: &str) -> bool {
    entries.contains_key(name)
}

fn names<T>(entries: &Named<T>) -> String {
    match entries.is_empty() {
        true => "none".to_owned(),
        false => entries.keys().map(Spanned::get_ref).cloned().collect::<Vec<_>>().join(", "),
    }
}

/// A name as it stands in a table's head.
pub(super) fn quoted(name: &str) -> String {
    let bare = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { name.to_owned() } else { format!("{name:?}") }
}
