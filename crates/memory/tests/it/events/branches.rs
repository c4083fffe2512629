//! Lines of a conversation.

use fault::{Kind, ValidationReason};
use ids::BranchName;
use memory::events::{BranchFilter, EventFilter, SessionKey};
use memory::model::Event;

use super::{at, branch, reason, said, session_id};
use crate::world::{Server, World, session};

fn on(name: &str, with_parents: bool) -> EventFilter {
    let name = BranchName::parse(name).unwrap();
    EventFilter { branch: Some(BranchFilter { name, with_parents }), metadata: Vec::new() }
}

/// Writes an event a moment after all others.
async fn next(
    server: &Server<'_>,
    key: &SessionKey,
    text: &str,
    on: Option<(&str, Option<&Event>)>,
) -> Event {
    let mut new = said(key, text);
    new.timestamp = Some(at(i64::try_from(server.world.rows("memory-events").await.len()).unwrap()));
    new.branch = on.map(|(name, root)| branch(name, root.map(|root| &root.id)));
    server.write(key, new).await
}

#[test]
fn a_branch_has_its_own_events_and_on_request_those_that_it_comes_from() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        next(server, &key, "m1", None).await;
        let fork = next(server, &key, "m2", None).await;
        next(server, &key, "m3", None).await;
        let first = next(server, &key, "b1", Some(("b", Some(&fork)))).await;
        let second = next(server, &key, "b2", Some(("b", None))).await;
        next(server, &key, "c1", Some(("c", Some(&first)))).await;
        next(server, &key, "m4", None).await;
        let cases: [(EventFilter, &[&str]); 8] = [
            (EventFilter::default(), &["m4", "c1", "b2", "b1", "m3", "m2", "m1"]),
            (on("b", false), &["b2", "b1"]),
            (on("b", true), &["b2", "b1", "m2", "m1"]),
            (on("c", false), &["c1"]),
            (on("c", true), &["c1", "b1", "m2", "m1"]),
            (on("main", false), &["m4", "m3", "m2", "m1"]),
            (on("main", true), &["m4", "m3", "m2", "m1"]),
            (on("unknown", true), &[]),
        ];
        for (filter, expected) in cases {
            assert_eq!(server.said_in(&key, &filter).await, expected, "{filter:?}");
        }
        // Each event of a branch says where that forks, whether or not its writer did.
        assert_eq!(second.branch, Some(branch("b", Some(&fork.id))));
        assert_eq!(server.get_event(&key, &second.id).await.unwrap(), second);
        // What a branch comes from stays what it was when the event is gone from which it forks.
        server.delete_event(&key, &fork.id).await.unwrap();
        assert_eq!(server.said_in(&key, &on("c", true)).await, ["c1", "b1", "m1"]);
    });
}

#[test]
fn the_first_event_of_a_branch_says_where_it_forks() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let (one, two) = (next(server, &key, "1", None).await, next(server, &key, "2", None).await);
        next(server, &key, "3", Some(("b", Some(&one)))).await;
        next(server, &key, "4", Some(("b", Some(&one)))).await;
        let mut new = said(&key, "x");
        new.branch = Some(branch("b", Some(&two.id)));
        let created = server.create_event(&key.account, &key.memory, new.clone(), None).await;
        assert_eq!(reason(created), ValidationReason::FieldValidationFailed);
        // A branch that forks from nothing is one of its own; the main line by its name is the main line.
        next(server, &key, "5", Some(("alone", None))).await;
        assert_eq!(server.said_in(&key, &on("alone", true)).await, ["5"]);
        assert_eq!(next(server, &key, "6", Some(("main", None))).await.branch, None);
    });
}

#[test]
fn a_branch_forks_from_an_event_of_its_own_session() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let elsewhere = SessionKey { session: session_id("other"), ..key.clone() };
        let event = next(server, &elsewhere, "1", None).await;
        let mut new = said(&key, "x");
        new.branch = Some(branch("b", Some(&event.id)));
        let created = server.create_event(&key.account, &key.memory, new.clone(), None).await;
        assert_eq!(reason(created), ValidationReason::EventInOtherSession);
        server.delete_event(&elsewhere, &event.id).await.unwrap();
        let created = server.create_event(&key.account, &key.memory, new, None).await;
        assert_eq!(*created.unwrap_err().kind(), Kind::NotFound);
        assert_eq!(world.rows("memory-branches").await, []);
    });
}

#[test]
fn of_two_first_events_of_a_branch_one_says_where_it_forks() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let (one, two) = (next(server, &key, "1", None).await, next(server, &key, "2", None).await);
        let fork = |root: &Event| {
            let mut new = said(&key, "x");
            new.branch = Some(branch("b", Some(&root.id)));
            server.create_event(&key.account, &key.memory, new, None)
        };
        let (left, right) = futures_util::future::join(fork(&one), fork(&two)).await;
        assert_eq!(left.is_ok() as u8 + right.is_ok() as u8, 1);
        assert_eq!(server.said_in(&key, &on("b", false)).await, ["x"]);
    });
}
