//! Bills.

use std::time::Duration;

use ids::AccountId;
use metering::bill::{Amounts, Subject};
use metering::{Bill, By, Metering, Query};
use stdx::Clock;

use crate::world::{Dial, World};

const GIB: u64 = 1 << 30;

pub(crate) async fn bill(metering: &Metering, by: By) -> Bill {
    let query = Query { account: AccountId::default(), from: None, until: None, by };
    metering.bill(&query).await.unwrap()
}

/// The lines must make up the total in every column.
pub(crate) fn assert_adds_up(bill: &Bill) {
    let column = |of: fn(&Amounts) -> u128| {
        let lines: u128 = bill.lines.iter().map(|line| of(&line.amounts)).sum();
        assert_eq!(lines, of(&bill.total), "{bill:#?}");
    };
    column(|line| u128::from(line.sessions));
    column(|line| u128::from(line.seconds));
    column(|line| u128::from(line.cpu_ms));
    column(|line| u128::from(line.memory_kib_seconds));
    column(|line| line.vcpu_hours.0);
    column(|line| line.gb_hours.0);
    column(|line| line.cost.0);
}

#[tokio::test]
async fn an_hour_of_one_processor_and_one_gb_costs_what_the_table_says() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let guard = world.begin(&metering, "one/a", &dial);
    dial.turn(Duration::from_hours(1), GIB);
    world.clock.advance(Duration::from_hours(1));
    world.settle().await;
    guard.finish();
    world.closed(&metering, "one-a").await;
    let bill = bill(&metering, By::Agent).await;
    let total = &bill.total;
    let shown = [total.vcpu_hours, total.gb_hours, total.cost].map(|amount| amount.to_string());
    assert_eq!(shown, ["1.000000", "1.000000", "0.098950"]);
    assert_eq!((bill.currency.as_str(), total.seconds, total.sessions), ("USD", 3_600, 1));
    assert_adds_up(&bill);
}

#[tokio::test]
async fn lines_stand_for_agents_sessions_or_users_and_make_the_same_total() {
    let world = World::new();
    let metering = world.start().await;
    for (index, life) in ["one/a", "one/b", "four/a", "seven/a", "eleven/a"].into_iter().enumerate() {
        let dial = Dial::default();
        let guard = world.begin(&metering, life, &dial);
        dial.turn(Duration::from_millis(17 * (index as u64 + 1)), 0);
        world.pass(Duration::from_secs(1)).await;
        guard.finish();
        world.closed(&metering, &life.replace('/', "-")).await;
    }
    let [agents, sessions, users] = [
        bill(&metering, By::Agent).await,
        bill(&metering, By::Session).await,
        bill(&metering, By::User).await,
    ];
    assert_eq!(agents.lines.len(), 2);
    assert_eq!(sessions.lines.len(), 4);
    let [nobody, anna] = &users.lines[..] else { panic!("{users:#?}") };
    assert_eq!(nobody.subject, Subject::User(None));
    assert_eq!((&anna.subject, anna.amounts.sessions), (&Subject::User(Some("anna".to_owned())), 2));
    for bill in [&agents, &sessions, &users] {
        assert_eq!(bill.total, agents.total);
        assert_adds_up(bill);
    }
}

#[tokio::test]
async fn a_range_is_widened_to_full_hours() {
    let (world, dial) = (World::new(), Dial::default());
    let metering = world.start().await;
    let begin = world.clock.now();
    let guard = world.begin(&metering, "one/a", &dial);
    world.clock.advance(Duration::from_hours(2));
    world.settle().await;
    guard.finish();
    world.closed(&metering, "one-a").await;
    let at = |minutes| Some(begin.plus(Duration::from_mins(minutes)));
    for (from, until, seconds) in [
        (None, None, 7_200),
        (at(0), at(1), 600),
        (at(5), at(10), 600),
        (at(10), at(11), 3_600),
        (at(9), at(11), 4_200),
        (at(70), None, 3_000),
        (at(200), None, 0),
    ] {
        let query = Query { account: AccountId::default(), from, until, by: By::Agent };
        let bill = metering.bill(&query).await.unwrap();
        assert_eq!(bill.total.seconds, seconds, "{from:?} {until:?}");
    }
    let other =
        Query { account: AccountId::parse("111111111111").unwrap(), from: None, until: None, by: By::User };
    assert_eq!(metering.bill(&other).await.unwrap().lines, []);
}
