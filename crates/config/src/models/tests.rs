use super::*;

const FILE: &str = r#"
[providers.anthropic]
kind = "anthropic"
api-key = { env = "ANTHROPIC_API_KEY" }
retries = 2

[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases.default]
targets = [{ provider = "anthropic", model = "claude-sonnet-4-6", weight = 3 }]
fallback = [[{ provider = "scripted", model = "calm" }]]
parameters = { max-tokens = 4096, temperature = 0.2 }

[aliases."global.anthropic.claude-sonnet-4-6"]
targets = [{ provider = "anthropic", model = "claude-sonnet-4-6" }]

[embedders.default]
kind = "local"
path = "minilm"

[prices."anthropic/claude-sonnet-4-6"]
input = 3.0
output = 15

[budgets.research]
limit = 50.0
per = "month"
alias = "default"

[guardrails.gr1]
anything = "goes"
"#;

fn wrong(text: &str) -> String {
    ModelsFile::parse(text, Path::new("models.toml")).unwrap_err().to_string()
}

#[test]
fn a_whole_file_is_read() {
    let file = ModelsFile::parse(FILE, Path::new("models.toml")).unwrap();
    assert_eq!(file.providers["anthropic"].api_key, Some(Secret::Env("ANTHROPIC_API_KEY".to_owned())));
    let alias = &file.aliases["default"];
    assert_eq!((alias.targets[0].weight, alias.fallback[0][0].weight), (3, 1));
    assert_eq!(file.budgets["research"].per, Per::Month);
    assert!(file.guardrails.contains_key("gr1"));
}

#[test]
fn a_file_that_is_not_there_says_nothing() {
    let file = ModelsFile::load(Path::new("/nowhere/at/all/models.toml")).unwrap();
    assert_eq!(file, ModelsFile::default());
}

#[test]
fn what_is_not_known_is_shown_with_its_line() {
    let error = wrong("[providers.a]\nkind = \"openai\"\nretrys = 3\n");
    assert!(error.contains("line 3") && error.contains("retrys"), "{error}");
    let error = wrong("[aliases.a]\ntargets = 7\n");
    assert!(error.contains("line 2"), "{error}");
    let error = wrong("[providers.a]\nkind = \"openapi\"\n");
    assert!(error.contains("line 2") && error.contains("openai-responses"), "{error}");
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let provider = "[providers.a]\nkind = \"openai\"\n";
    for key in
        ["\"sk-verysecret\"", "{ key = \"sk-verysecret\" }", "{ env = \"A\", file = \"sk-verysecret\" }"]
    {
        let error = wrong(&format!("{provider}api-key = {key}\n"));
        assert!(error.contains("line 3") && error.contains("{ env = \"NAME\" }"), "{error}");
        assert!(!error.contains("verysecret"), "{error}");
    }
}

#[test]
fn what_is_wrong_is_named_with_table_and_line() {
    let provider = "[providers.a]\nkind = \"openai\"\n";
    for (text, expected) in [
        ("[providers.a]\nkind = \"openai\"\nregion = \"x\"\n", "line 1, [providers.a]: `region` is for"),
        ("\n\n[providers.a]\nkind = \"scripted\"\n", "line 3, [providers.a]: `script` is missing"),
        ("[providers.a]\nkind = \"anthropic\"\n", "api-key = { env = \"ANTHROPIC_API_KEY\" }"),
        (
            "[aliases.\"b.c\"]\ntargets = [{ provider = \"z\", model = \"m\" }]\n",
            "line 1, [aliases.\"b.c\"]: no provider is called \"z\"; there are none",
        ),
        (&format!("{provider}[aliases.b]\ntargets = []\n"), "line 3, [aliases.b]: `targets` has a list"),
        (
            &format!(
                "{provider}[aliases.b]\ntargets = [{{ provider = \"a\", model = \"m\", weight = 0 }}]\n"
            ),
            "every weight is 0",
        ),
        (&format!("{provider}[embedders.b]\nkind = \"openai\"\n"), "needs a `provider` and a `model`"),
        (
            &format!("{provider}[embedders.b]\nkind = \"bedrock\"\nprovider = \"a\"\nmodel = \"m\"\n"),
            "is of kind \"openai\"",
        ),
        ("[embedders.b]\nkind = \"local\"\n", "`path` is missing"),
        ("[prices.\"z/m\"]\ninput = 1\n", "line 1, [prices.\"z/m\"]: no provider is called \"z\""),
        ("[budgets.b]\nlimit = 1\nper = \"day\"\nalias = \"c\"\n", "no alias or embedder is called \"c\""),
    ] {
        let error = wrong(text);
        assert!(error.contains(expected), "{text}\n{error}");
    }
}
