//! Random calls, with the process dying under them: nothing is counted twice, and what was written is what was spent.

use models::{By, Models, Money, Per, Scope};
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::player::{Play, tokens};
use crate::world::{START, World, ask, budget, summary};

#[derive(Clone, Debug)]
enum Step {
    Ask(u64),
    Pass(u64),
    Settle,
    Reload,
    Crash,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_u64..200).prop_map(Step::Ask),
        2 => (0_u64..30).prop_map(Step::Pass),
        2 => Just(Step::Settle),
        1 => Just(Step::Reload),
        1 => Just(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// A process: dropping its runtime is a crash, nothing of it runs any further.
struct Process {
    runtime: Runtime,
    models: Models,
}

impl Process {
    fn start(world: &World, limit: u64) -> Self {
        let runtime = Builder::new_current_thread().build().unwrap();
        let models = runtime.block_on(world.start(&[&["a"]], &budgets(limit)));
        Self { runtime, models }
    }
}

fn budgets(limit: u64) -> [models::Budget; 2] {
    let limit = limit.to_string();
    [budget("day", &limit, Per::Day, Scope::default()), budget("month", &limit, Per::Month, Scope::default())]
}

struct Model {
    world: World,
    process: Process,
    limit: u64,
    /// The costs of calls, with the hours since the start when each was over: those known to be written, and those
    /// that a crash may lose.
    written: Vec<(u64, u64)>,
    unsure: Vec<(u64, u64)>,
    hours: u64,
}

impl Model {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Ask(tokens_used) => {
                self.world.player("a").plays([Play::Say("yes", tokens(tokens_used, 0))]);
                self.process.runtime.block_on(ask(&self.process.models)).unwrap();
                self.unsure.push((self.hours, tokens_used * 1_000_000));
            }
            Step::Pass(hours) => {
                self.world.hours(hours);
                self.hours += hours;
            }
            Step::Settle => self.settle(),
            Step::Reload => {
                self.limit += 1;
                self.world.write(Ok(self.world.catalog(&[&["a"]], &budgets(self.limit))));
            }
            Step::Crash => {
                let dead = std::mem::replace(&mut self.process, Process::start(&World::new(), 1));
                dead.runtime.shutdown_background();
                self.process = Process::start(&self.world, self.limit);
                let stored = self.process.runtime.block_on(summary(&self.process.models, By::Day)).total;
                let known = self.written.len();
                let kept = usize::try_from(stored.calls).unwrap().checked_sub(known).unwrap();
                // What was written is what came first.
                self.written.extend(self.unsure.drain(..).take(kept));
            }
            Step::Restart => {
                self.process.runtime.block_on(self.process.models.shut_down());
                self.written.append(&mut self.unsure);
                self.process = Process::start(&self.world, self.limit);
            }
        }
        self.check();
    }

    fn settle(&mut self) {
        self.written.append(&mut self.unsure);
        self.process.runtime.block_on(self.world.records(self.written.len()));
    }

    fn check(&self) {
        let all = || self.written.iter().chain(&self.unsure);
        // The start is two hours before midnight, the last day of the year.
        let day = |hours: u64| (hours + 22) / 24;
        let month = |hours: u64| {
            u64::from(hours >= 2) + u64::from(hours >= 2 + 31 * 24) + u64::from(hours >= 2 + 59 * 24)
        };
        let sum = |window: &dyn Fn(u64) -> u64| {
            let same = all().filter(|(hours, _)| window(*hours) == window(self.hours));
            Money(same.map(|(_, cost)| cost).sum())
        };
        let list = self.process.runtime.block_on(self.process.models.list());
        let spent: Vec<Money> = list.budgets.iter().map(|budget| budget.spent).collect();
        assert_eq!(spent, [sum(&day), sum(&month)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn budgets_know_exactly_what_is_written(steps in proptest::collection::vec(step(), 1..40)) {
        assert_eq!(START.as_secs() % 86_400, 22 * 3_600);
        let world = World::new();
        let limit = 1_000_000;
        let process = Process::start(&world, limit);
        let mut model = Model { process, world, limit, written: Vec::new(), unsure: Vec::new(), hours: 0 };
        for step in &steps {
            model.step(step);
        }
        model.settle();
        let total = model.process.runtime.block_on(summary(&model.process.models, By::Alias)).total;
        assert_eq!(total.cost, Money(model.written.iter().map(|(_, cost)| cost).sum()));
    }
}
