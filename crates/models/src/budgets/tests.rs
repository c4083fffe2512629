use inference::Usage;
use proptest::prelude::*;

use super::*;
use crate::usage::record::{CallOperation, Outcome};

const HOUR: i64 = 3_600_000;

fn record(at: i64, agent: u8, alias: u8, cost: u64) -> CallRecord {
    CallRecord {
        at: Timestamp::from_millis(at),
        account: "a".to_owned(),
        operation: CallOperation::Chat,
        alias: alias.to_string(),
        provider: None,
        model: None,
        agent: (agent > 0).then(|| agent.to_string()),
        session: None,
        user: None,
        usage: Usage::default(),
        estimated: false,
        cost: Some(Money(cost)),
        currency: "USD".to_owned(),
        first_token_ms: None,
        whole_ms: 0,
        outcome: Outcome::Completed,
        fallbacks: 0,
    }
}

fn budget(per: Per, limit: u64, agent: Option<u8>, alias: Option<u8>) -> Budget {
    let text = |number: Option<u8>| number.map(|number| number.to_string());
    let scope = Scope { agent: text(agent), alias: text(alias), ..Scope::default() };
    Budget { name: "b".to_owned(), limit: Money(limit), per, scope }
}

#[test]
fn the_next_call_over_the_limit_is_told_everything() {
    let mut sums = Sums::new(&[budget(Per::Day, 2_500_000_000, None, None)], "EUR");
    let mut spent = record(HOUR, 0, 0, 2_500_000_000);
    sums.add(&spent);
    let now = Timestamp::from_millis(2 * HOUR);
    let check = |sums: &Sums| sums.check(&Subject::from(&record(0, 0, 0, 0)), now);
    assert_eq!(check(&sums), Ok(()), "another currency is not added up");
    spent.currency = "EUR".to_owned();
    sums.add(&spent);
    let error = ModelError::from(check(&sums).unwrap_err());
    assert_eq!(error.kind(), &ErrorKind::BudgetExceeded);
    assert_eq!(
        error.message(),
        "The budget \"b\" is used up: 2.50 of 2.50 EUR a day are spent. It renews at 1970-01-02T00:00:00Z."
    );
}

#[test]
fn a_limit_of_nothing_refuses_everything() {
    let sums = Sums::new(&[budget(Per::Month, 0, None, None)], "USD");
    assert!(sums.check(&Subject::from(&record(0, 0, 0, 0)), Timestamp::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However calls and times go, a budget has spent what the covered records of its window cost, and refuses exactly
    /// what it covers once that is its limit.
    #[test]
    fn a_budget_is_the_sum_of_its_records(
        calls in proptest::collection::vec((0_i64..30, 0_u8..3, 0_u8..3, 0_u64..50), 0..60),
        budgets in proptest::collection::vec(
            (any::<bool>(), 1_u64..300, proptest::option::of(1_u8..3), proptest::option::of(0_u8..3)),
            0..4,
        ),
    ) {
        let budgets: Vec<Budget> = budgets
            .into_iter()
            .map(|(day, limit, agent, alias)| budget(if day { Per::Day } else { Per::Month }, limit, agent, alias))
            .collect();
        let (mut sums, mut records, mut now) = (Sums::new(&budgets, "USD"), Vec::<CallRecord>::new(), 20 * 24 * HOUR);
        for (hours, agent, alias, cost) in calls {
            now += hours * HOUR;
            let call = record(now, agent, alias, cost);
            let room = budgets.iter().all(|budget| {
                let covered = |record: &CallRecord| {
                    budget.scope.agent.as_ref().is_none_or(|agent| record.agent.as_ref() == Some(agent))
                        && budget.scope.alias.as_ref().is_none_or(|alias| record.alias == *alias)
                };
                let same = |record: &&CallRecord| budget.per.number(record.at) == budget.per.number(call.at);
                let of_window = records.iter().filter(|record| covered(record)).filter(same);
                let spent: u64 = of_window.map(|record| record.cost.unwrap().0).sum();
                !covered(&call) || spent < budget.limit.0
            });
            prop_assert_eq!(sums.check(&Subject::from(&call), call.at).is_ok(), room);
            if room {
                sums.add(&call);
                records.push(call);
            }
        }
    }
}
