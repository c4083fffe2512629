use std::fs;

use super::*;

/// What the file says after a change, or why it was not changed.
fn changed(before: &str, change: impl FnOnce(&mut Draft) -> Result<()>) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("models.toml");
    fs::write(&path, before).unwrap();
    let mut draft = Draft::open(path.clone()).unwrap();
    let done = change(&mut draft).and_then(|()| draft.write().map(|_| ()));
    let text = fs::read_to_string(&path).unwrap();
    match done {
        Ok(()) => text,
        Err(error) => {
            assert_eq!(text, before, "what is refused changes nothing");
            format!("{error:#}").replace(&path.display().to_string(), "FILE")
        }
    }
}

fn anthropic() -> Provider<'static> {
    Provider { name: "anthropic", ..Provider::default() }
}

const WRITTEN: &str = "\
# ours
[providers.anthropic]
kind = \"anthropic\" # the first
api-key = { env = \"KEY\" }

[aliases.default]
targets = [{ provider = \"anthropic\", model = \"a\" }]
";

#[test]
fn an_empty_file_gets_provider_and_alias() {
    let text = changed("", |draft| {
        anthropic().write(draft)?;
        alias(draft, "global.claude", "anthropic", "claude-sonnet-4-6", None, Present::Refuse)
    });
    assert_eq!(
        text,
        "[providers.anthropic]\nkind = \"anthropic\"\napi-key = { env = \"ANTHROPIC_API_KEY\" }\n\n\
         [aliases.\"global.claude\"]\ntargets = [{ provider = \"anthropic\", model = \"claude-sonnet-4-6\" }]\n"
    );
}

#[test]
fn what_was_written_stays_as_it_was() {
    let text = changed(WRITTEN, |draft| alias(draft, "default", "anthropic", "b", Some(2), Present::Beside));
    let beside = "model = \"a\" }, { provider = \"anthropic\", model = \"b\", weight = 2 }]";
    assert_eq!(text, WRITTEN.replace("model = \"a\" }]", beside));
    let text = changed(WRITTEN, |draft| alias(draft, "default", "anthropic", "b", None, Present::Fallback));
    let fallback = "fallback = [[{ provider = \"anthropic\", model = \"b\" }]]\n";
    assert_eq!(text, format!("{WRITTEN}{fallback}"));
    let text = changed(WRITTEN, |draft| alias(draft, "judge", "anthropic", "b", None, Present::Refuse));
    assert!(text.starts_with(WRITTEN) && text.contains("[aliases.judge]"), "{text}");
}

#[test]
fn what_cannot_be_used_is_not_written() {
    let twice = changed(WRITTEN, |draft| alias(draft, "default", "anthropic", "b", None, Present::Refuse));
    assert!(twice.starts_with("default is in FILE already: say --fallback"), "{twice}");
    let stranger = changed(WRITTEN, |draft| alias(draft, "judge", "absent", "b", None, Present::Refuse));
    assert!(stranger.contains("absent"), "{stranger}");
    let unknown = Provider { name: "ours", ..Provider::default() };
    assert_eq!(
        changed("", |draft| unknown.write(draft)),
        "FILE has no provider ours: say --kind to have it added"
    );
    let other = Provider { region: Some("eu-west-1"), ..anthropic() };
    let told = changed(WRITTEN, |draft| other.write(draft));
    assert!(told.starts_with("the provider anthropic is in FILE already"), "{told}");
}

#[test]
fn a_server_of_ones_own_needs_no_key() {
    let own = Provider {
        name: "ours",
        kind: Some(Kind::OpenAi),
        base_url: Some("http://127.0.0.1:8000/v1"),
        ..Provider::default()
    };
    let text = changed("", |draft| own.write(draft));
    assert_eq!(text, "[providers.ours]\nkind = \"openai\"\nbase-url = \"http://127.0.0.1:8000/v1\"\n");
}

#[test]
fn embedders_are_local_or_a_providers() {
    let text = changed("", |draft| embedder(draft, "default", "local", None, "minilm", Present::Refuse));
    assert_eq!(text, "[embedders.default]\nkind = \"local\"\npath = \"minilm\"\n");
    let again = changed(&text, |draft| embedder(draft, "default", "local", None, "other", Present::Refuse));
    assert!(again.contains("--replace"), "{again}");
}
