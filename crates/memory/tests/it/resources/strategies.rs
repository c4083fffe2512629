//! What each kind of strategy is unless it is said, and what of it can be changed.

use fault::Kind;
use ids::AccountId;
use memory::memories::{
    MemoryChanges, NewStrategy, OverrideKind, ReflectionChanges, SelfManagedChanges, StepChanges,
    StrategyChanges, default_reflections,
};
use memory::model::{Override, Reflection, SelfManaged, Steps, Strategy, StrategyKind, Trigger};

use super::changing::{nothing, unchanged};
use super::{facts, new_memory, new_strategy, template};
use crate::world::World;

fn step(model: &str) -> Override {
    Override { append_to_prompt: "look for tea".to_owned(), model: model.to_owned() }
}

/// The strategy after this change; none if it is refused.
fn changed(strategy: NewStrategy, steps: StepChanges) -> Option<Strategy> {
    World::new().live(async |server| {
        let mut new = new_memory("notes");
        new.strategies.push(strategy);
        let begun = server.create_memory(new).await.unwrap();
        let changes = StrategyChanges { steps, ..unchanged(&begun.strategies[0].id) };
        let done = server.update_memory(MemoryChanges { modify: vec![changes], ..nothing(&begun.id) }).await;
        match done {
            Ok(_) => {
                let now = server.get_memory(&AccountId::default(), &begun.id).await.unwrap();
                now.strategies.into_iter().next()
            }
            Err(refused) => {
                assert!(matches!(refused.kind(), Kind::Validation { .. }), "{refused}");
                None
            }
        }
    })
}

fn custom(kind: StrategyKind) -> NewStrategy {
    NewStrategy { custom: true, ..new_strategy("custom", kind) }
}

#[test]
fn places_that_nobody_named() {
    World::new().live(async |server| {
        let reflection =
            Reflection { changed: None, namespace: default_reflections(None), schema: Vec::new() };
        let mut new = new_memory("notes");
        new.strategies = vec![
            facts("facts"),
            new_strategy("summary", StrategyKind::Summary(Steps::default())),
            new_strategy("likes", StrategyKind::UserPreference(Steps::default())),
            new_strategy("episodes", StrategyKind::Episodic { steps: Steps::default(), reflection }),
        ];
        let memory = server.create_memory(new).await.unwrap();
        let places = memory.strategies.iter().map(|strategy| strategy.namespace.as_str());
        const ACTOR: &str = "/strategy/{memoryStrategyId}/actor/{actorId}";
        const SESSION: &str = "/strategy/{memoryStrategyId}/actor/{actorId}/session/{sessionId}";
        assert_eq!(places.collect::<Vec<_>>(), [ACTOR, SESSION, ACTOR, SESSION]);
        let StrategyKind::Episodic { reflection, .. } = &memory.strategies[3].kind else { panic!() };
        assert_eq!(reflection.namespace.as_str(), ACTOR);
    });
}

#[test]
fn reflections_are_above_what_is_of_one_session() {
    for (episodes, reflections) in [
        ("/e/{actorId}/{sessionId}", "/e/{actorId}"),
        ("/e/{actorId}/session/{sessionId}/x", "/e/{actorId}"),
        ("/e/{actorId}", "/e/{actorId}"),
        ("/{sessionId}", "/{sessionId}"),
    ] {
        assert_eq!(default_reflections(Some(&template(episodes))).as_str(), reflections, "{episodes}");
    }
}

#[test]
fn only_fitting_steps_of_custom_strategies_are_changed() {
    let extraction = |kind| StepChanges { extraction: Some((kind, step("m"))), ..StepChanges::default() };
    let semantic = || StrategyKind::Semantic(Steps::default());
    let now = changed(custom(semantic()), extraction(OverrideKind::Semantic)).unwrap();
    let expected = Steps { extraction: Some(step("m")), consolidation: None };
    assert_eq!(now.kind, StrategyKind::Semantic(expected));
    assert_eq!(changed(custom(semantic()), extraction(OverrideKind::UserPreference)), None);
    assert_eq!(changed(new_strategy("built", semantic()), extraction(OverrideKind::Semantic)), None);
    let reflection = ReflectionChanges { changed: Some(step("m")), ..ReflectionChanges::default() };
    let reflection = StepChanges { reflection: Some(reflection), ..StepChanges::default() };
    assert_eq!(changed(custom(semantic()), reflection), None);
}

#[test]
fn reflections_of_built_in_episodes_can_be_moved() {
    let episodes = || super::episodes("/e/{actorId}/{sessionId}", "/e/{actorId}");
    let place = |text: &str| StepChanges {
        reflection: Some(ReflectionChanges {
            namespace: Some(template(text)),
            ..ReflectionChanges::default()
        }),
        ..StepChanges::default()
    };
    let now = changed(episodes(), place("/e")).unwrap();
    let StrategyKind::Episodic { reflection, .. } = now.kind else { panic!() };
    assert_eq!(reflection.namespace.as_str(), "/e");
    assert_eq!(changed(episodes(), place("/elsewhere")), None);
}

#[test]
fn what_its_owner_runs() {
    let managed = || {
        custom(StrategyKind::SelfManaged(SelfManaged {
            triggers: SelfManaged::usual_triggers(),
            topic_arn: "arn:aws:sns:us-east-1:000000000000:topic".to_owned(),
            bucket: "bucket".to_owned(),
            history_messages: SelfManaged::USUAL_HISTORY,
        }))
    };
    let triggers = |trigger| StepChanges {
        self_managed: Some(SelfManagedChanges {
            triggers: Some(vec![trigger]),
            ..SelfManagedChanges::default()
        }),
        ..StepChanges::default()
    };
    let now = changed(managed(), triggers(Trigger::Messages(50))).unwrap();
    let StrategyKind::SelfManaged(now) = now.kind else { panic!() };
    assert_eq!((now.triggers, now.bucket.as_str()), (vec![Trigger::Messages(50)], "bucket"));
    for out_of_range in
        [Trigger::Messages(51), Trigger::Tokens(99), Trigger::IdleSeconds(3001), Trigger::Messages(0)]
    {
        assert_eq!(changed(managed(), triggers(out_of_range)), None, "{out_of_range:?}");
    }
}
