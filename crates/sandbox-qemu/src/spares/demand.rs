//! How many machines each template is worth: one while it is in use, more while sessions come faster than machines
//! are made for them, all together never more than there may be.

use std::collections::HashMap;
use std::time::Duration;

use sandbox::TemplateName;

/// Two starts within this time belong together.
const CROWD: Duration = Duration::from_secs(10);

/// What is wanted, by what was seen.
pub(crate) struct Demand {
    budget: usize,
    wants: HashMap<TemplateName, Want>,
}

struct Want {
    machines: usize,
    last_start: Duration,
}

impl Demand {
    /// Nothing is in use yet.
    pub(crate) fn new(budget: usize) -> Self {
        Self { budget, wants: HashMap::new() }
    }

    /// How many machines there may be of all templates together.
    pub(crate) fn budget(&self) -> usize {
        self.budget
    }

    /// How many the template is worth.
    pub(crate) fn of(&self, template: &TemplateName) -> usize {
        self.wants.get(template).map_or(0, |want| want.machines)
    }

    /// A sandbox was started, `served` by a machine that was ready or not.
    pub(crate) fn started(&mut self, template: &TemplateName, served: bool, now: Duration) {
        let Some(want) = self.wants.get_mut(template) else {
            let want = Want { machines: self.budget.min(1), last_start: now };
            self.wants.insert(template.clone(), want);
            return;
        };
        if !served && now.saturating_sub(want.last_start) < CROWD {
            want.machines = (want.machines * 2).min(self.budget);
        }
        want.last_start = now;
    }

    /// So many machines waited in vain, or could not be made.
    pub(crate) fn unused(&mut self, template: &TemplateName, machines: usize) {
        let Some(want) = self.wants.get_mut(template) else { return };
        want.machines = want.machines.saturating_sub(machines);
        if want.machines == 0 {
            self.wants.remove(template);
        }
    }

    /// The template is gone.
    pub(crate) fn forget(&mut self, template: &TemplateName) {
        self.wants.remove(template);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: usize = 4;

    fn name() -> TemplateName {
        TemplateName::parse("one").unwrap()
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_template_in_use_is_worth_one_and_a_crowd_doubles_that_up_to_the_budget() {
        let mut demand = Demand::new(BUDGET);
        assert_eq!(demand.of(&name()), 0);
        let mut worth = Vec::new();
        for _ in 0..5 {
            demand.started(&name(), false, at(1));
            worth.push(demand.of(&name()));
        }
        assert_eq!(worth, [1, 2, 4, 4, 4]);
    }

    #[test]
    fn who_is_served_or_comes_alone_is_no_crowd() {
        let mut demand = Demand::new(BUDGET);
        demand.started(&name(), false, at(1));
        demand.started(&name(), true, at(2));
        assert_eq!(demand.of(&name()), 1);
        demand.started(&name(), false, at(2) + CROWD);
        assert_eq!(demand.of(&name()), 1);
    }

    #[test]
    fn what_waits_in_vain_is_not_wanted_again() {
        let mut demand = Demand::new(BUDGET);
        for _ in 0..3 {
            demand.started(&name(), false, at(1));
        }
        demand.unused(&name(), 1);
        assert_eq!(demand.of(&name()), 3);
        demand.unused(&name(), 7);
        assert_eq!(demand.of(&name()), 0);
        demand.started(&name(), false, at(2));
        assert_eq!(demand.of(&name()), 1);
    }

    #[test]
    fn without_a_budget_nothing_is_wanted() {
        let mut demand = Demand::new(0);
        demand.started(&name(), false, at(1));
        demand.started(&name(), false, at(1));
        assert_eq!(demand.of(&name()), 0);
    }
}
