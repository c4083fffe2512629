//! The machine against stories and against what must hold in any story.

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * SECOND)
}

fn machine(idle: u64, lifetime: u64) -> Machine {
    let lifecycle = Lifecycle::from_seconds(Some(idle), Some(lifetime)).expect("idle is within lifetime");
    let mut machine = Machine::new(lifecycle, None, at(0));
    assert_eq!(machine.apply(Event::Started { ends_at: None }, at(0)).len(), 1);
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
    let mut machine = Machine::new(lifecycle, None, at(0));
    machine.apply(Event::Started { ends_at: None }, at(100));
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

const QUIET: Option<Duration> = Some(Duration::from_secs(20));

fn suspending(idle: u64, lifetime: u64) -> Machine {
    let mut machine = machine(idle, lifetime);
    machine.suspend_after = QUIET;
    machine
}

/// Lets time pass with `answer` to every ping, until the machine suspends the session or `until` has come.
fn wait_for_rest(
    machine: &mut Machine,
    from: i64,
    until: i64,
    answer: impl Fn(Timestamp) -> Ping,
) -> Option<(i64, Rest)> {
    for second in from..=until {
        let mut effects = machine.apply(Event::Timer, at(second));
        if effects.contains(&Effect::Ping) {
            effects = machine.apply(Event::Pinged(answer(at(second))), at(second));
        }
        for effect in effects {
            if let Effect::Suspend(rest) = effect {
                return Some((second, rest));
            }
        }
    }
    None
}

fn rest(idle_since: i64, expires_at: i64, ends_at: i64) -> Rest {
    Rest { idle_since: at(idle_since), expires_at: at(expires_at), ends_at: at(ends_at) }
}

#[test]
fn a_quiet_session_is_suspended_with_what_is_left_of_its_time() {
    let healthy = |_| Ping::Healthy { since: None };
    let mut machine = suspending(60, 600);
    assert_eq!(wait_for_rest(&mut machine, 1, 100, healthy), Some((20, rest(0, 60, 600))));
    assert_eq!(machine.apply(Event::Suspended, at(21)), [Effect::Finish]);
    assert_eq!(*machine.state(), State::Over);
}

#[test]
fn a_busy_session_is_not_suspended_in_eight_hours() {
    let mut machine = suspending(900, 8 * 3600);
    assert_eq!(wait_for_rest(&mut machine, 1, 8 * 3600 - 1, |_| Ping::Busy), None);
    assert_eq!(wait(&mut machine, 8 * 3600, 9 * 3600, |_| Ping::Busy), Some((8 * 3600, Cause::Lifetime)));
}

#[test]
fn quiet_counts_from_when_busyness_ended() {
    let ping =
        |now: Timestamp| if now < at(100) { Ping::Busy } else { Ping::Healthy { since: Some(at(100)) } };
    let suspended = wait_for_rest(&mut suspending(60, 600), 1, 600, ping);
    assert_eq!(suspended, Some((120, rest(100, 160, 600))));
}

#[test]
fn a_restless_program_is_suspended_and_keeps_its_lifetime() {
    let restless = |now| Ping::Healthy { since: Some(now) };
    let suspended = wait_for_rest(&mut suspending(60, 600), 1, 600, restless);
    assert_eq!(suspended, Some((21, rest(21, 600, 600))));
}

#[test]
fn a_suspension_that_fails_is_tried_again_ever_more_rarely() {
    let mut machine = suspending(100_000, 200_000);
    let healthy = |_| Ping::Healthy { since: None };
    let mut tries = Vec::new();
    while let Some((second, _)) = wait_for_rest(&mut machine, tries.last().unwrap_or(&0) + 1, 3_000, healthy)
    {
        tries.push(second);
        machine.apply(Event::NotSuspended, at(second));
    }
    let pauses: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!((tries[0], &pauses[..6]), (20, &[30, 60, 120, 240, 480, 600][..]));
}

#[test]
fn whoever_asks_is_refused_while_it_is_used() {
    let mut machine = suspending(60, 600);
    machine.apply(Event::Entered, at(1));
    assert_eq!(machine.apply(Event::SuspendAsked, at(2)), [Effect::Refuse(Refusal::Busy)]);
    machine.apply(Event::Left, at(3));
    assert_eq!(machine.apply(Event::SuspendAsked, at(4)), [Effect::Ping]);
    let effects = machine.apply(Event::Pinged(Ping::Busy), at(4));
    assert!(effects.contains(&Effect::Refuse(Refusal::Busy)), "{effects:?}");
    assert_eq!(machine.apply(Event::SuspendAsked, at(5)), [Effect::Ping]);
    let effects = machine.apply(Event::Entered, at(5));
    assert!(effects.contains(&Effect::Refuse(Refusal::Busy)), "{effects:?}");
    machine.apply(Event::Left, at(6));
    assert_eq!(machine.apply(Event::SuspendAsked, at(7)), [Effect::Ping]);
    let effects = machine.apply(Event::Pinged(Ping::Healthy { since: None }), at(7));
    assert_eq!(effects, [Effect::Suspend(rest(6, 66, 600))]);
}

#[test]
fn a_wish_to_stop_waits_for_the_suspension() {
    let mut machine = suspending(60, 600);
    let healthy = |_| Ping::Healthy { since: None };
    wait_for_rest(&mut machine, 1, 100, healthy).expect("it is quiet");
    assert_eq!(machine.apply(Event::StopAsked, at(21)), []);
    assert_eq!(machine.apply(Event::NotSuspended, at(22)), [Effect::Stop(Cause::Asked)]);
}

#[test]
fn a_resumed_session_keeps_its_end() {
    let lifecycle = Lifecycle::from_seconds(Some(60), Some(600)).expect("fits");
    let mut machine = Machine::new(lifecycle, None, at(500));
    machine.apply(Event::Started { ends_at: Some(at(600)) }, at(501));
    assert_eq!(wait(&mut machine, 502, 900, |_| Ping::Busy), Some((600, Cause::Lifetime)));
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_immortal() {
    let lifecycle = Lifecycle::from_seconds(Some(60), Some(600)).expect("fits");
    let day = 24 * 3600;
    let healthy = |_| Ping::Healthy { since: None };
    let mut machine = Machine::new(lifecycle, None, at(day));
    machine.apply(Event::Started { ends_at: None }, at(day));
    assert_eq!(wait(&mut machine, 0, 1000, healthy), Some((60, Cause::Idle)));
    let mut machine = Machine::new(lifecycle, None, at(day));
    machine.apply(Event::Started { ends_at: None }, at(day));
    assert_eq!(wait(&mut machine, 0, 1000, |_| Ping::Busy), Some((600, Cause::Lifetime)));
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
        1 => proptest::option::of(0..2000_i64)
            .prop_map(|ends_at| Event::Started { ends_at: ends_at.map(at) }),
        1 => Just(Event::SuspendAsked),
        2 => Just(Event::Suspended),
        2 => Just(Event::NotSuspended),
        1 => Just(Event::StopAsked),
        1 => Just(Event::Ended),
    ];
    proptest::collection::vec((event, 0..40_i64), 1..80)
}

proptest! {
    #[test]
    fn in_any_story(events in events(), suspend_after in proptest::option::of(Just(QUIET.expect("some")))) {
        let lifecycle = Lifecycle::from_seconds(Some(60), Some(600)).expect("fits");
        let mut machine = Machine::new(lifecycle, suspend_after, at(0));
        let (mut now, mut stops, mut finishes) = (0, 0, 0);
        let (mut ends_at, mut wishes, mut was_used_at) = (600, 0_u32, 0);
        for (event, passed) in events {
            now += passed;
            let before = machine.state().clone();
            match (&before, &event) {
                (State::Starting, Event::Started { ends_at: given }) => {
                    let anew = at(now + 600);
                    ends_at = given.map_or(anew, |given| given.min(anew)).as_millis() / SECOND;
                    was_used_at = now;
                }
                (State::Idle(_) | State::Serving { .. }, Event::Entered | Event::Left | Event::Pinged(Ping::Busy)) => {
                    was_used_at = now;
                }
                _ => {}
            }
            wishes += u32::from(event == Event::SuspendAsked && before != State::Over);
            let asked = wishes > 0;
            let effects = machine.apply(event.clone(), at(now));
            for effect in effects {
                prop_assert!(before != State::Over, "nothing happens after the end");
                match effect {
                    Effect::Stop(Cause::Idle | Cause::Unhealthy) => {
                        prop_assert!(matches!(before, State::Idle(_)), "a request protects from idleness");
                        stops += 1;
                    }
                    Effect::Stop(Cause::Lifetime) => {
                        prop_assert!(now >= ends_at);
                        stops += 1;
                    }
                    Effect::Stop(Cause::Asked) => stops += 1,
                    Effect::Suspend(rest) => {
                        prop_assert!(matches!(before, State::Idle(_)), "nobody is frozen in a request");
                        prop_assert!(asked || (suspend_after.is_some() && now - was_used_at >= 20));
                        prop_assert!(rest.expires_at <= rest.ends_at && rest.ends_at <= at(ends_at));
                        wishes = 0;
                    }
                    Effect::Refuse(_) => {
                        prop_assert!(asked, "only who asks is refused");
                        wishes = 0;
                    }
                    Effect::WakeAt(then) => prop_assert!(then <= at(ends_at).max(at(now))),
                    Effect::Finish => finishes += 1,
                    Effect::Ping | Effect::WarnRestless => {}
                }
            }
            if let (State::Suspending { .. }, Event::Suspended) = (&before, &event) {
                prop_assert_eq!(machine.state(), &State::Over);
            }
        }
        prop_assert!(stops <= 1 && finishes <= 1);
        prop_assert_eq!(finishes == 1, *machine.state() == State::Over);
    }
}
