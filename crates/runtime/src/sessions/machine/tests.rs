//! The machine against stories and against what must hold in any story.

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * SECOND)
}

fn machine(idle: u64, lifetime: u64) -> Machine {
    let lifecycle = Lifecycle::from_seconds(Some(idle), Some(lifetime)).expect("idle is within lifetime");
    let mut machine = Machine::new(lifecycle, at(0));
    assert_eq!(machine.apply(Event::Started, at(0)).len(), 1);
    machine
}

/// Lets time pass with `answer` to every ping, until the machine stops the session or `until` has come.
fn wait(
    machine: &mut Machine,
    from: i64,
    until: i64,
    answer: impl Fn(Timestamp) -> Ping,
) -> Option<(i64, Cause)> {
    for second in from..=until {
        let mut effects = machine.apply(Event::Timer, at(second));
        if effects.contains(&Effect::Ping) {
            effects = machine.apply(Event::Pinged(answer(at(second))), at(second));
        }
        for effect in effects {
            if let Effect::Stop(cause) = effect {
                return Some((second, cause));
            }
        }
    }
    None
}

#[test]
fn a_quiet_session_ends_when_its_idle_time_is_up() {
    let healthy = |_| Ping::Healthy { since: None };
    assert_eq!(wait(&mut machine(60, 600), 1, 600, healthy), Some((60, Cause::Idle)));
}

#[test]
fn a_busy_session_lives_until_its_lifetime() {
    assert_eq!(wait(&mut machine(60, 600), 1, 1000, |_| Ping::Busy), Some((600, Cause::Lifetime)));
}

#[test]
fn idleness_counts_from_when_busyness_ended() {
    let mut machine = machine(60, 600);
    let ping =
        |now: Timestamp| if now < at(100) { Ping::Busy } else { Ping::Healthy { since: Some(at(100)) } };
    assert_eq!(wait(&mut machine, 1, 600, ping), Some((160, Cause::Idle)));
}

#[test]
fn a_program_that_always_says_now_is_never_idle_and_gets_one_warning() {
    let mut machine = machine(60, 600);
    let mut warnings = 0;
    for second in 1..600 {
        if machine.apply(Event::Timer, at(second)).contains(&Effect::Ping) {
            let effects = machine.apply(Event::Pinged(Ping::Healthy { since: Some(at(second)) }), at(second));
            warnings += effects.iter().filter(|effect| **effect == Effect::WarnRestless).count();
        }
    }
    assert!(matches!(machine.state(), State::Idle(_)));
    assert_eq!(warnings, 1);
}

#[test]
fn a_request_that_never_ends_is_cut_by_the_lifetime() {
    let mut machine = machine(60, 600);
    machine.apply(Event::Entered, at(1));
    assert_eq!(wait(&mut machine, 2, 700, |_| Ping::Busy), Some((600, Cause::Lifetime)));
}

#[test]
fn two_failed_pings_end_it_and_one_does_not() {
    let mut machine = machine(60, 600);
    let once = |now: Timestamp| if now == at(15) { Ping::Unhealthy } else { Ping::Healthy { since: None } };
    assert_eq!(wait(&mut machine, 15, 40, once), None);
    let never = |_| Ping::Unhealthy;
    assert!(matches!(wait(&mut machine, 41, 60, never), Some((_, Cause::Unhealthy))));
}

#[test]
fn a_slow_start_takes_nothing_from_the_lifetime() {
    let lifecycle = Lifecycle::from_seconds(Some(60), Some(60)).expect("fits");
    let mut machine = Machine::new(lifecycle, at(0));
    machine.apply(Event::Started, at(100));
    assert_eq!(wait(&mut machine, 101, 300, |_| Ping::Busy), Some((160, Cause::Lifetime)));
}

#[test]
fn a_late_ping_does_not_end_a_session_that_was_used_meanwhile() {
    let mut machine = machine(60, 600);
    assert_eq!(machine.apply(Event::Timer, at(60)), [Effect::Ping]);
    machine.apply(Event::Entered, at(60));
    machine.apply(Event::Left, at(61));
    assert_eq!(machine.apply(Event::Pinged(Ping::Healthy { since: None }), at(200)), []);
    assert!(matches!(machine.state(), State::Idle(_)));
}

fn events() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let ping = prop_oneof![
        Just(Ping::Busy),
        Just(Ping::Unhealthy),
        proptest::option::of(0..2000_i64).prop_map(|since| Ping::Healthy { since: since.map(at) }),
    ];
    let event = prop_oneof![
        2 => Just(Event::Entered),
        2 => Just(Event::Left),
        3 => Just(Event::Timer),
        2 => ping.prop_map(Event::Pinged),
        1 => Just(Event::Started),
        1 => Just(Event::StopAsked),
        1 => Just(Event::Ended),
    ];
    proptest::collection::vec((event, 0..40_i64), 1..80)
}

proptest! {
    #[test]
    fn in_any_story(events in events()) {
        let lifecycle = Lifecycle::from_seconds(Some(60), Some(600)).expect("fits");
        let mut machine = Machine::new(lifecycle, at(0));
        let (mut now, mut stops, mut finishes) = (0, 0, 0);
        let mut ends_at = 600;
        for (event, passed) in events {
            now += passed;
            let serving = matches!(machine.state(), State::Serving { .. });
            if (machine.state(), &event) == (&State::Starting, &Event::Started) {
                ends_at = now + 600;
            }
            let was_over = *machine.state() == State::Over;
            let effects = machine.apply(event.clone(), at(now));
            for effect in effects {
                prop_assert!(!was_over, "nothing happens after the end");
                match effect {
                    Effect::Stop(Cause::Idle | Cause::Unhealthy) => {
                        prop_assert!(!serving, "a request protects from idleness");
                        stops += 1;
                    }
                    Effect::Stop(Cause::Lifetime) => {
                        prop_assert!(now >= ends_at);
                        stops += 1;
                    }
                    Effect::Stop(Cause::Asked) => stops += 1,
                    Effect::WakeAt(then) => prop_assert!(then <= at(ends_at).max(at(now))),
                    Effect::Finish => finishes += 1,
                    Effect::Ping | Effect::WarnRestless => {}
                }
            }
        }
        prop_assert!(stops <= 1 && finishes <= 1);
        prop_assert_eq!(finishes == 1, *machine.state() == State::Over);
    }
}
