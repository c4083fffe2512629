use proptest::prelude::*;

use super::*;

fn variables<'a>(
    actor: &'a ActorId,
    session: &'a MemorySessionId,
    strategy: &'a StrategyId,
    custom: &'a BTreeMap<String, String>,
) -> Variables<'a> {
    Variables { actor, session, strategy, custom }
}

fn filled(template: &str, actor: &str) -> Result<String> {
    let (actor, session) = (ActorId::parse(actor).unwrap(), MemorySessionId::parse("s1").unwrap());
    let strategy = StrategyId::parse("facts-abcdefghij").unwrap();
    let custom = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
    let template = Template::parse(template).unwrap();
    Ok(template.fill(&variables(&actor, &session, &strategy, &custom))?.to_string())
}

#[test]
fn templates_are_filled() {
    for (template, namespace) in [
        ("/", "/"),
        ("/strategy/{memoryStrategyId}/actor/{actorId}", "/strategy/facts-abcdefghij/actor/u:7"),
        ("/{actorId}/{sessionId}/{actorId}/", "/u:7/s1/u:7/"),
        ("{team}/{actorId}", "blue/u:7"),
    ] {
        assert_eq!(filled(template, "u:7").unwrap(), namespace);
    }
    assert!(filled("/{unknown}", "a").is_err());
    assert!(filled("-{actorId}", "a").is_err(), "no namespace begins with a hyphen");
    assert!(filled(&"/{actorId}".repeat(5), &"a".repeat(255)).is_err(), "too long");
}

#[test]
fn what_is_no_template() {
    for text in [
        "",
        "/{",
        "/}",
        "/{a",
        "/{}",
        "/{1a}",
        "/{a b}",
        "/{{a}}",
        "/a:b",
        "/*",
        "/ä",
        "/{ä}",
        &"a".repeat(513),
    ] {
        assert_eq!(Template::parse(text), Err(BadTemplate), "{text}");
    }
}

proptest! {
    /// Whatever an actor calls itself, its records stay below what the template says before the actor's id, and the
    /// text around variables stays as it is.
    #[test]
    fn an_actor_cannot_leave_its_place(actor in "[a-zA-Z0-9][a-zA-Z0-9_/-]{0,30}(:[a-zA-Z0-9_/-]{1,9}){0,3}") {
        let before = "/strategy/facts-abcdefghij/actor/";
        let namespace = filled("/strategy/{memoryStrategyId}/actor/{actorId}/end", &actor).unwrap();
        prop_assert_eq!(&namespace, &format!("{before}{actor}/end"));
        let first = actor.split('/').next().unwrap();
        let own = format!("{before}{first}");
        prop_assert!(is_within(&namespace, &own));
    }

    /// Parsing takes exactly what the service model's pattern does.
    #[test]
    fn templates_are_those_of_the_model(text in "[a-z/{}]{1,12}") {
        let model = Regex::new(
            r"\A[a-zA-Z0-9\-_/]*(\{[a-zA-Z][a-zA-Z0-9]*\}[a-zA-Z0-9\-_/]*)*\z"
        ).unwrap();
        prop_assert_eq!(Template::parse(&text).is_ok(), model.is_match(&text));
    }
}
