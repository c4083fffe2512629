//! What lives are charged for.

use std::sync::Arc;
use std::time::Duration;

use metering::Options;
use stdx::{Clock, Timestamp};
use store::gate::Gate;

use crate::world::{Dial, START, World};

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn a_life_is_written_down_every_few_seconds_and_at_its_end() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let guard = world.begin(&metering, "one/a", &dial);
    dial.turn(Duration::from_millis(300), 200 * MIB);
    world.pass(Duration::from_secs(6)).await;
    let [open] = &world.records(&metering).await[..] else { panic!("one record") };
    assert!(open.open && open.seconds >= 5 && open.cpu_ms == 300, "{open:?}");
    dial.turn(Duration::from_millis(50), 100 * MIB);
    world.clock.advance(Duration::from_millis(500));
    guard.finish();
    let [closed] = &world.closed(&metering, "one-a").await[..] else { panic!("one record") };
    assert_eq!((closed.seconds, closed.cpu_ms), (7, 350));
    assert_eq!(closed.memory_kib_seconds, 7 * 200 * 1024);
    assert_eq!((closed.started_at, closed.from), (START, START));
    assert_eq!(closed.until, START.plus(Duration::from_millis(6_500)));
}

#[tokio::test]
async fn a_suspended_session_costs_nothing() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    world.begin(&metering, "one/a", &dial).finish();
    let before = world.closed(&metering, "one-a").await;
    world.pass(Duration::from_mins(2)).await;
    assert_eq!(world.records(&metering).await, before);
    let mut life = world.life("one/b");
    life.resumed = true;
    metering.begin(life, Arc::new(Default::default)).finish();
    let after = world.closed(&metering, "one-b").await;
    assert_eq!((after[0].seconds, after[0].memory_kib_seconds), (1, 128 * 1024));
    let [(_, used)] = &metering.used()[..] else { panic!("one endpoint") };
    assert_eq!(used.sessions, 1, "a session that goes on is no new one");
}

#[tokio::test]
async fn a_life_over_several_hours_has_a_record_for_each() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let guard = world.begin(&metering, "one/a", &dial);
    // The machine was asleep: the reader wakes up hours later.
    world.clock.advance(Duration::from_hours(2));
    world.settle().await;
    guard.finish();
    let records = world.closed(&metering, "one-a").await;
    assert_eq!(records.iter().map(|record| record.seconds).collect::<Vec<_>>(), [600, 3_600, 3_000]);
    assert!(records.windows(2).all(|pair| pair[0].until == pair[1].from && pair[1].from == pair[1].hour));
}

#[tokio::test]
async fn setting_the_clock_makes_and_loses_no_second() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let guard = world.begin(&metering, "one/a", &dial);
    for jump in [86_400_000, -7_200_000, 1_000_000_000] {
        world.pass(Duration::from_secs(2)).await;
        world.clock.set(Timestamp::from_millis(world.clock.now().as_millis() + jump));
    }
    guard.finish();
    let [record] = &world.closed(&metering, "one-a").await[..] else { panic!("one record") };
    assert_eq!((record.seconds, record.from), (6, START));
}

#[tokio::test]
async fn the_time_of_a_start_counts_and_a_start_in_the_future_does_not() {
    let world = World::new();
    let metering = world.start().await;
    let mut life = world.life("one/a");
    world.clock.advance(Duration::from_millis(2_500));
    metering.begin(life.clone(), Arc::new(Default::default)).finish();
    assert_eq!(world.closed(&metering, "one-a").await[0].seconds, 3);
    life.sandbox = "late".to_owned();
    life.started_at = world.clock.now().plus(Duration::from_hours(9));
    metering.begin(life, Arc::new(Default::default)).finish();
    assert_eq!(world.closed(&metering, "late").await[0].started_at, world.clock.now());
}

#[tokio::test]
async fn old_records_are_swept_and_others_stay() {
    let world = World::new();
    let keep = Duration::from_hours(48);
    let metering = world.start_with(Options { keep, ..Options::default() }).await;
    world.begin(&metering, "one/a", &Dial::default()).finish();
    world.closed(&metering, "one-a").await;
    world.clock.advance(Duration::from_hours(40));
    world.settle().await;
    world.begin(&metering, "one/b", &Dial::default()).finish();
    world.closed(&metering, "one-b").await;
    assert_eq!(metering.sweep().await.unwrap(), 0);
    world.clock.advance(Duration::from_hours(10));
    assert_eq!(metering.sweep().await.unwrap(), 1);
    let left = world.records(&metering).await;
    assert_eq!(left.iter().map(|record| record.sandbox.as_str()).collect::<Vec<_>>(), ["one-b"]);
}

#[tokio::test]
async fn what_cannot_be_written_is_written_later() {
    let disk = Arc::new(Gate::default());
    disk.fill_up();
    let world = World { store: Arc::clone(&disk) as _, ..World::new() };
    let (metering, dial) = (world.start().await, Dial::default());
    let guard = world.begin(&metering, "one/a", &dial);
    dial.turn(Duration::from_millis(40), MIB);
    world.pass(Duration::from_mins(11)).await;
    guard.finish();
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(world.records(&metering).await, []);
    disk.make_room();
    world.pass(Duration::from_secs(10)).await;
    let records = world.closed(&metering, "one-a").await;
    assert_eq!(records.iter().map(|record| record.seconds).collect::<Vec<_>>(), [600, 60]);
    assert_eq!(records.iter().map(|record| record.cpu_ms).sum::<u64>(), 40);
}

#[tokio::test]
async fn shutting_down_writes_everything_down() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let guard = world.begin(&metering, "one/a", &dial);
    dial.turn(Duration::from_millis(70), MIB);
    guard.finish();
    metering.shut_down().await;
    let [record] = &world.records(&metering).await[..] else { panic!("one record") };
    assert_eq!((record.cpu_ms, record.open), (70, false));
}
