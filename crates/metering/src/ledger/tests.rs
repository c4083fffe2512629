use super::*;

const MIB: u64 = 1 << 20;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn reading(cpu: u64, mebibytes: u64) -> Reading {
    Reading { cpu: millis(cpu), memory: mebibytes * MIB }
}

fn ledger() -> Ledger {
    Ledger::new(Timestamp::from_millis(0))
}

fn totals(ledger: &Ledger) -> (u64, u64, u64) {
    let shares = ledger.over().iter().copied().chain([ledger.current()]);
    shares.fold((0, 0, 0), |(seconds, cpu, memory), share| {
        (seconds + share.seconds, cpu + share.cpu, memory + share.memory)
    })
}

#[test]
fn a_short_life_lasts_a_second_and_holds_the_least_memory() {
    let mut ledger = ledger();
    ledger.end(millis(1), reading(30, 4));
    assert_eq!(totals(&ledger), (1, 30, LEAST_MEMORY));
}

#[test]
fn a_second_is_charged_when_it_is_over_and_the_last_one_at_the_end() {
    let mut ledger = ledger();
    ledger.read(millis(900), reading(0, 1));
    assert_eq!(totals(&ledger).0, 0);
    ledger.read(millis(2_100), reading(0, 1));
    assert_eq!(totals(&ledger).0, 2);
    ledger.end(millis(2_200), reading(0, 1));
    assert_eq!(totals(&ledger).0, 3);
}

#[test]
fn memory_is_the_peak_up_to_each_second() {
    let mut ledger = ledger();
    ledger.read(millis(1_000), reading(0, 200));
    ledger.read(millis(2_000), reading(0, 500));
    ledger.read(millis(3_000), reading(0, 300));
    assert_eq!(totals(&ledger).2, (200 + 500 + 500) * 1024);
}

#[test]
fn waiting_costs_no_processor_time_and_a_meter_that_falls_back_takes_nothing_away() {
    let mut ledger = ledger();
    ledger.read(millis(1_000), reading(700, 1));
    ledger.read(millis(2_000), reading(700, 1));
    ledger.read(millis(3_000), reading(0, 0));
    ledger.end(millis(4_000), reading(710, 1));
    assert_eq!(totals(&ledger).1, 710);
}

#[test]
fn every_second_is_in_the_hour_in_which_it_began() {
    let mut ledger = Ledger::new(Timestamp::from_millis(HOUR - 1_500));
    ledger.read(millis(1_000), reading(10, 1));
    ledger.read(millis(2_200), reading(20, 1));
    ledger.read(millis(3_600), reading(40, 1));
    let [first] = ledger.over() else { panic!("{ledger:?}") };
    assert_eq!((first.hour, first.seconds, first.until.as_millis()), (0, 2, HOUR));
    let second = ledger.current();
    assert_eq!((second.hour, second.seconds, second.from.as_millis()), (1, 1, HOUR));
    assert_eq!(first.cpu + second.cpu, 40);
}

#[test]
fn a_reading_after_many_hours_falls_into_all_of_them() {
    let mut ledger = ledger();
    ledger.end(Duration::from_hours(5), reading(90, 256));
    assert_eq!(ledger.over().iter().map(|share| share.seconds).collect::<Vec<_>>(), [3_600; 5]);
    assert_eq!(totals(&ledger), (18_000, 90, 18_000 * 256 * 1024));
}
