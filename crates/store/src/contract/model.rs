//! Random batches and reads, compared with a model that is too simple to be wrong.

use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{OTHER, Open, SPACE};
use crate::{Batch, Expect, Key, KeyRange, Revision, Space, Store, StoreError, Write};

/// How many random histories an engine goes through, and how often a failing one is made simpler.
const HISTORIES: usize = 48;
const SIMPLIFICATIONS: usize = 200;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Action>),
    Get(Space, Key),
    GetMany(Space, Vec<Key>),
    Range(Space, KeyRange, usize),
}

#[derive(Clone, Debug)]
struct Action {
    kind: u8,
    space: Space,
    key: Key,
    value: u8,
    expect: u8,
}

type Rows = BTreeMap<(Space, Key), (Vec<u8>, Revision)>;

pub(super) async fn all(open: Open<'_>) {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(step(), 1..24);
    for _ in 0..HISTORIES {
        let mut tree = histories.new_tree(&mut runner).expect("the strategy rejects nothing");
        let Err(mut failure) = play(open, &tree.current()).await else { continue };
        let mut simplest = tree.current();
        for _ in 0..SIMPLIFICATIONS {
            if !tree.simplify() {
                break;
            }
            match play(open, &tree.current()).await {
                Err(again) => (failure, simplest) = (again, tree.current()),
                Ok(()) => {
                    tree.complicate();
                }
            }
        }
        panic!("{failure}\nin {simplest:#?}");
    }
}

fn key() -> impl Strategy<Value = Key> {
    prop::collection::vec(prop::sample::select(vec!["", "a", "b", "\u{1}"]), 1..3).prop_map(Key::of)
}

fn space() -> impl Strategy<Value = Space> {
    prop::sample::select(vec![SPACE, SPACE, OTHER])
}

fn range() -> impl Strategy<Value = KeyRange> {
    let bound = || {
        prop_oneof![key().prop_map(Bound::Included), key().prop_map(Bound::Excluded), Just(Bound::Unbounded)]
    };
    (bound(), bound()).prop_map(|(from, to)| KeyRange { from, to })
}

fn step() -> impl Strategy<Value = Step> {
    let action = (0_u8..8, space(), key(), any::<u8>(), 0_u8..10)
        .prop_map(|(kind, space, key, value, expect)| Action { kind, space, key, value, expect });
    prop_oneof![
        4 => prop::collection::vec(action, 0..5).prop_map(Step::Commit),
        1 => (space(), key()).prop_map(|(space, key)| Step::Get(space, key)),
        1 => (space(), prop::collection::vec(key(), 0..6)).prop_map(|(space, keys)| Step::GetMany(space, keys)),
        2 => (space(), range(), 0_usize..6).prop_map(|(space, range, limit)| Step::Range(space, range, limit)),
    ]
}

async fn play(open: Open<'_>, history: &[Step]) -> Result<(), String> {
    let subject = open().await;
    let (store, mut rows, mut last) = (&*subject.store, Rows::new(), Revision(0));
    for step in history {
        match step {
            Step::Commit(actions) => commit(store, &mut rows, &mut last, actions).await?,
            Step::Get(space, key) => {
                let found = store.get(*space, key).await.map_err(|error| error.to_string())?;
                let found = found.map(|row| (row.value.to_vec(), row.revision));
                same(step, &found.as_ref(), &rows.get(&(*space, key.clone())))?;
            }
            Step::GetMany(space, keys) => {
                let found = store.get_many(*space, keys).await.map_err(|error| error.to_string())?;
                let found: Vec<_> = found
                    .into_iter()
                    .map(|row| row.map(|row| (row.key, (row.value.to_vec(), row.revision))))
                    .collect();
                let expected = keys
                    .iter()
                    .map(|key| Some((key.clone(), rows.get(&(*space, key.clone()))?.clone())))
                    .collect::<Vec<_>>();
                same(step, &found, &expected)?;
            }
            Step::Range(space, range, limit) => {
                let found = store.range(*space, range, *limit).await.map_err(|error| error.to_string())?;
                let found: Vec<_> =
                    found.into_iter().map(|row| (row.key, (row.value.to_vec(), row.revision))).collect();
                let here = rows.iter().filter(|((of, key), _)| of == space && range.contains(key));
                let expected: Vec<_> =
                    here.map(|((_, key), row)| (key.clone(), row.clone())).take(*limit).collect();
                same(step, &found, &expected)?;
            }
        }
    }
    Ok(())
}

async fn commit(
    store: &dyn Store,
    rows: &mut Rows,
    last: &mut Revision,
    actions: &[Action],
) -> Result<(), String> {
    let batch = actions.iter().fold(Batch::new(), |batch, action| batch.and(action.write(rows)));
    let expected = apply(rows, batch.writes());
    match (store.commit(batch).await, expected) {
        (Ok(revision), Ok(mut after)) => {
            if revision <= *last {
                return Err(format!("revision {revision:?} after {last:?}"));
            }
            *last = revision;
            after.values_mut().filter(|row| row.1 == UNKNOWN).for_each(|row| row.1 = revision);
            *rows = after;
            Ok(())
        }
        (Err(StoreError::Conflict { space, key }), Err(at)) => same(&"conflict", &(space, key), &at),
        (found, expected) => Err(format!("{found:?} instead of {expected:?}")),
    }
}

/// Stands for the revision that the engine is about to choose.
const UNKNOWN: Revision = Revision(u64::MAX);

fn apply(rows: &Rows, writes: &[Write]) -> Result<Rows, (Space, Key)> {
    let mut after = rows.clone();
    for write in writes {
        let (space, key) = write.target();
        let at = (space, key.clone());
        if !write.expect().holds(after.get(&at).map(|row| row.1)) {
            return Err(at);
        }
        match write {
            Write::Put { value, .. } => {
                after.insert(at, (value.to_vec(), UNKNOWN));
            }
            Write::Delete { .. } => {
                after.remove(&at);
            }
            Write::Check { .. } => {}
        }
    }
    Ok(after)
}

impl Action {
    fn write(&self, rows: &Rows) -> Write {
        let (space, key) = (self.space, self.key.clone());
        let current = rows.get(&(space, key.clone())).map(|row| row.1);
        let expect = match (self.expect, current) {
            (0..4, _) => Expect::Any,
            (4, _) => Expect::Absent,
            (5, _) => Expect::Present,
            (6, _) => Expect::At(Revision(1)),
            (_, Some(revision)) => Expect::At(revision),
            (_, None) => Expect::Absent,
        };
        match self.kind {
            0..5 => Write::Put { space, key, value: vec![self.value].into(), expect },
            5..7 => Write::Delete { space, key, expect },
            _ => Write::Check { space, key, expect },
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &impl std::fmt::Debug,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what:?}: {found:?} instead of {expected:?}"))
}
