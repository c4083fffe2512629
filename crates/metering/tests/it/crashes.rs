//! Random lives, with the process dying under them: nothing is counted twice, and no more than the last seconds is
//! lost.

use std::collections::BTreeMap;
use std::time::Duration;

use metering::{By, Guard, Metering, UsageRecord};
use proptest::prelude::*;
use stdx::Clock;
use tokio::runtime::{Builder, Runtime};

use crate::bills::{assert_adds_up, bill};
use crate::world::{Dial, World};

const LEAST_KIB: u64 = 128 * 1024;
const MOST_KIB: u64 = 1 << 20;
/// What a crash may lose: what was not read and not written yet.
const LOST: Duration = Duration::from_secs(5 + 2);

#[derive(Clone, Debug)]
enum Step {
    Begin { session: u8 },
    Use { life: usize, cpu: u64, memory: u64 },
    Pass { millis: u64 },
    Finish { life: usize },
    Crash,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_u8..4).prop_map(|session| Step::Begin { session }),
        4 => (any::<usize>(), 0_u64..3_000, 0_u64..MOST_KIB)
            .prop_map(|(life, cpu, memory)| Step::Use { life, cpu, memory }),
        5 => (1_u64..9_000).prop_map(|millis| Step::Pass { millis }),
        1 => (9_000_u64..60_000).prop_map(|millis| Step::Pass { millis }),
        2 => any::<usize>().prop_map(|life| Step::Finish { life }),
        1 => Just(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// What really happened to a life.
struct Truth {
    dial: Dial,
    begun: Duration,
    /// Processor milliseconds used by then.
    history: Vec<(Duration, u64)>,
    guard: Option<Guard>,
    end: Option<(Duration, bool)>,
}

/// A process: dropping its runtime is a crash, nothing of it runs any further.
struct Process {
    runtime: Runtime,
    metering: Metering,
}

impl Process {
    fn start(world: &World) -> Self {
        let runtime = Builder::new_current_thread().build().unwrap();
        let metering = runtime.block_on(world.start());
        Self { runtime, metering }
    }
}

struct Model {
    world: World,
    process: Process,
    lives: BTreeMap<String, Truth>,
}

impl Model {
    fn new() -> Self {
        let world = World::new();
        // A minute before the hour is full, so that many lives see two of them.
        world.clock.advance(Duration::from_mins(9));
        Self { process: Process::start(&world), world, lives: BTreeMap::new() }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Begin { session } => self.begin(session),
            Step::Use { life, cpu, memory } => {
                let now = self.world.clock.elapsed();
                if let Some((_, truth)) = self.pick(life) {
                    truth.dial.turn(Duration::from_millis(cpu), memory << 10);
                    let used = truth.dial.reading().cpu.as_millis();
                    truth.history.push((now, u64::try_from(used).unwrap()));
                }
            }
            Step::Pass { millis } => {
                let world = &self.world;
                self.process.runtime.block_on(world.pass(Duration::from_millis(millis)));
            }
            Step::Finish { life } => self.finish(life),
            Step::Crash => self.crash(),
            Step::Restart => self.restart(),
        }
    }

    fn begin(&mut self, session: u8) {
        let name = format!("{}/{}", "s".repeat(usize::from(session) + 1), self.lives.len());
        let dial = Dial::default();
        let guard = self.world.begin(&self.process.metering, &name, &dial);
        let begun = self.world.clock.elapsed();
        let truth = Truth { dial, begun, history: vec![(begun, 0)], guard: Some(guard), end: None };
        self.lives.insert(name.replace('/', "-"), truth);
    }

    /// One of the lives under way.
    fn pick(&mut self, number: usize) -> Option<(&String, &mut Truth)> {
        let living = self.lives.values().filter(|truth| truth.end.is_none()).count();
        let mut alive = self.lives.iter_mut().filter(|(_, truth)| truth.end.is_none());
        alive.nth(number.checked_rem(living)?)
    }

    fn finish(&mut self, number: usize) {
        let now = self.world.clock.elapsed();
        let Some((name, truth)) = self.pick(number) else { return };
        let name = name.clone();
        truth.end = Some((now, true));
        truth.guard.take().unwrap().finish();
        self.process.runtime.block_on(self.world.closed(&self.process.metering, &name));
    }

    /// Everything in the process is gone; its sandboxes are ended by whoever comes next.
    fn crash(&mut self) {
        let now = self.world.clock.elapsed();
        let dead = std::mem::replace(&mut self.process, Process::start(&World::new()));
        dead.runtime.shutdown_background();
        for truth in self.lives.values_mut().filter(|truth| truth.end.is_none()) {
            truth.end = Some((now, false));
            truth.guard = None;
        }
        self.process = Process::start(&self.world);
    }

    /// As an operator does it.
    fn restart(&mut self) {
        while self.lives.values().any(|truth| truth.end.is_none()) {
            self.finish(0);
        }
        self.process.runtime.block_on(self.process.metering.shut_down());
        self.process = Process::start(&self.world);
    }

    fn check(self) {
        let Self { world, process, lives } = self;
        let records = process.runtime.block_on(world.records(&process.metering));
        let mut by_life: BTreeMap<&str, Vec<&UsageRecord>> = BTreeMap::new();
        for record in &records {
            assert!(!record.open, "{record:?}");
            by_life.entry(&record.sandbox).or_default().push(record);
        }
        for (name, truth) in &lives {
            let found = by_life.remove(name.as_str()).unwrap_or_default();
            truth.check(name, &found);
        }
        assert!(by_life.is_empty(), "records of nobody: {by_life:?}");
        for by in [By::Agent, By::Session, By::User] {
            let bill = process.runtime.block_on(bill(&process.metering, by));
            assert_adds_up(&bill);
            let sum = |of: fn(&UsageRecord) -> u64| records.iter().map(of).sum::<u64>();
            assert_eq!(bill.total.seconds, sum(|record| record.seconds));
            assert_eq!(bill.total.cpu_ms, sum(|record| record.cpu_ms));
            assert_eq!(bill.total.memory_kib_seconds, sum(|record| record.memory_kib_seconds));
        }
    }
}

impl Truth {
    fn check(&self, name: &str, records: &[&UsageRecord]) {
        let (end, finished) = self.end.expect("all lives have ended");
        let age = end - self.begun;
        let seconds: u64 = records.iter().map(|record| record.seconds).sum();
        let cpu: u64 = records.iter().map(|record| record.cpu_ms).sum();
        let memory: u64 = records.iter().map(|record| record.memory_kib_seconds).sum();
        let used = self.history.last().map_or(0, |(_, used)| *used);
        let most = u64::try_from(age.as_millis().div_ceil(1000)).unwrap().max(1);
        assert!(cpu <= used && seconds <= most, "{name} is charged for more than there was: {records:?}");
        if finished {
            assert_eq!((seconds, cpu), (most, used), "{name}: {records:?}");
        } else {
            let known = age.saturating_sub(LOST);
            let earlier = self.history.iter().rev().find(|(at, _)| *at <= self.begun + known);
            let least = if known.is_zero() { 0 } else { earlier.map_or(0, |(_, used)| *used) };
            assert!(cpu >= least && seconds >= known.as_secs(), "{name} lost {age:?}: {records:?}");
        }
        assert!(memory >= seconds * LEAST_KIB && memory <= seconds * MOST_KIB, "{name}: {records:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_counted_twice_and_little_is_lost(steps in proptest::collection::vec(step(), 1..60)) {
        let mut model = Model::new();
        for step in &steps {
            model.step(step);
        }
        model.crash();
        model.check();
    }
}
