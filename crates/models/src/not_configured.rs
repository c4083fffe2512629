//! What a caller is told who uses a name that nobody has configured.

use inference::{ErrorKind, ModelError};

use crate::catalog::Catalog;

/// More names than this are not listed.
const MOST_NAMES: usize = 20;

/// No alias of this name; with what to write so that there is one.
pub(crate) fn alias(name: &str, catalog: &Catalog, trouble: Option<&str>) -> ModelError {
    let provider = catalog.providers.keys().next().map_or("anthropic", String::as_str);
    let model = match catalog.providers.get(provider).map_or("anthropic", |provider| provider.kind) {
        "anthropic" => "claude-sonnet-4-6",
        "openai" | "openai-responses" => "gpt-5.2",
        "gemini" => "gemini-2.5-flash",
        "bedrock" => "global.anthropic.claude-sonnet-4-6",
        _ => "MODEL",
    };
    let mut lines = String::new();
    if catalog.providers.is_empty() {
        lines.push_str(
            "  [providers.anthropic]\n  kind = \"anthropic\"\n  api-key = { env = \"ANTHROPIC_API_KEY\" }\n",
        );
    }
    lines.push_str(&format!(
        "  [aliases.{}]\n  targets = [{{ provider = {provider:?}, model = {model:?} }}]\n",
        quoted(name)
    ));
    let command =
        format!("freehold models add {} --provider {} --model {model}", shell(name), shell(provider));
    refusal("model", name, &names(catalog.aliases.keys()), &lines, &command, trouble)
}

/// No embedder of this name.
pub(crate) fn embedder(name: &str, catalog: &Catalog, trouble: Option<&str>) -> ModelError {
    let lines = format!("  [embedders.{}]\n  kind = \"local\"\n  path = \"minilm\"\n", quoted(name));
    refusal("embedder", name, &names(catalog.embedders.keys()), &lines, "freehold models pull", trouble)
}

fn refusal(
    what: &str,
    name: &str,
    known: &str,
    lines: &str,
    command: &str,
    trouble: Option<&str>,
) -> ModelError {
    let trouble = match trouble {
        Some(_) => {
            "\nThe models file has an error, so what it says now is not in use: see `freehold models list`."
        }
        None => "",
    };
    let message = format!(
        "No {what} is configured under the name {name:?}; there are {known}. Add to models.toml in the data \
         directory, for example,\n{lines}or run `{command}`.{trouble}"
    );
    ModelError::new(ErrorKind::NotConfigured, message)
}

fn names<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut listed: Vec<String> = names.take(MOST_NAMES).cloned().collect();
    if listed.is_empty() {
        return "none".to_owned();
    }
    if more > 0 {
        listed.push(format!("{more} more"));
    }
    listed.join(", ")
}

/// A name as it stands in a table's head.
fn quoted(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if bare { name.to_owned() } else { format!("{name:?}") }
}

/// A name as it stands in a command.
fn shell(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte));
    if bare { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_to_write() {
        let error = alias("global.anthropic.claude-sonnet-4-6", &Catalog::default(), None);
        assert_eq!(error.kind(), &ErrorKind::NotConfigured);
        let message = error.message();
        for line in [
            "there are none",
            "[providers.anthropic]\n",
            "[aliases.\"global.anthropic.claude-sonnet-4-6\"]\n",
            "targets = [{ provider = \"anthropic\", model = \"claude-sonnet-4-6\" }]",
            "`freehold models add global.anthropic.claude-sonnet-4-6 --provider anthropic --model claude-sonnet-4-6`",
        ] {
            assert!(message.contains(line), "{line}\n{message}");
        }
        assert!(
            alias("it's", &Catalog::default(), Some("x")).message().contains("add 'it'\\''s' --provider")
        );
    }
}
