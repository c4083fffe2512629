use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits =
    Limits { in_a_row: 3, in_window: 8, wait: SECOND, longest_wait: Duration::from_secs(4) };

fn fail(breaker: &mut Breaker, now: Duration) {
    let pass = breaker.admit(now).unwrap();
    breaker.failed(pass, now);
}

fn opened() -> Breaker {
    let mut breaker = Breaker::new(LIMITS);
    (0..3).for_each(|_| fail(&mut breaker, Duration::ZERO));
    assert_eq!(breaker.standing(), Standing::Open(SECOND));
    breaker
}

#[test]
fn a_share_of_failures_opens_it_too() {
    let mut breaker = Breaker::new(LIMITS);
    for _ in 0..7 {
        fail(&mut breaker, Duration::ZERO);
        let pass = breaker.admit(Duration::ZERO).unwrap();
        breaker.succeeded(pass);
    }
    assert_eq!(breaker.standing(), Standing::Closed);
    fail(&mut breaker, Duration::ZERO);
    assert_eq!(breaker.standing(), Standing::Open(SECOND));
}

#[test]
fn one_trial_at_a_time_and_each_failure_waits_longer() {
    let mut breaker = opened();
    assert_eq!(breaker.admit(SECOND / 2), None);
    let trial = breaker.admit(SECOND).unwrap();
    assert_eq!(breaker.admit(SECOND), None);
    breaker.failed(trial, SECOND);
    assert_eq!(breaker.standing(), Standing::Open(SECOND * 3));
    fail(&mut breaker, SECOND * 3);
    assert_eq!(breaker.standing(), Standing::Open(SECOND * 7));
    fail(&mut breaker, SECOND * 7);
    assert_eq!(breaker.standing(), Standing::Open(SECOND * 11), "no wait is longer than the longest");
}

#[test]
fn a_trial_that_speaks_lets_the_others_in() {
    let mut breaker = opened();
    let mut trial = breaker.admit(SECOND).unwrap();
    breaker.speaks(&mut trial);
    assert_eq!(breaker.standing(), Standing::Closed);
    assert!(breaker.admit(SECOND).is_some());
    // It counts as any other call if it breaks off later.
    breaker.failed(trial, SECOND);
    (0..2).for_each(|_| fail(&mut breaker, SECOND));
    assert_eq!(breaker.standing(), Standing::Open(SECOND * 2));
}

#[test]
fn a_trial_that_nobody_waited_for_is_tried_again() {
    let mut breaker = opened();
    let trial = breaker.admit(SECOND).unwrap();
    breaker.abandoned(trial, SECOND);
    assert!(breaker.admit(SECOND).is_some());
}

#[derive(Clone, Debug)]
enum Step {
    Admit,
    Pass(Duration),
    Speak(usize),
    Succeed(usize),
    Fail(usize),
    Abandon(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Admit),
        2 => (0_u64..3_000).prop_map(|millis| Step::Pass(Duration::from_millis(millis))),
        1 => any::<usize>().prop_map(Step::Speak),
        2 => any::<usize>().prop_map(Step::Succeed),
        5 => any::<usize>().prop_map(Step::Fail),
        1 => any::<usize>().prop_map(Step::Abandon),
    ]
}

/// What a reader of the diagram would keep on paper: the last results, when to try again, and whose trial it is.
#[derive(Default)]
struct Paper {
    results: Vec<bool>,
    closed_until: Option<Duration>,
    wait: Duration,
    trial: Option<u64>,
    /// The calls whose results still matter.
    current: Vec<u64>,
}

impl Paper {
    fn close(&mut self) {
        *self = Self::default();
    }

    fn open(&mut self, now: Duration, wait: Duration) {
        *self = Self { closed_until: Some(now + wait), wait, ..Self::default() };
    }

    fn admits(&mut self, call: u64, now: Duration) -> bool {
        match self.closed_until {
            None => {}
            Some(until) if until <= now && self.trial.is_none() => self.trial = Some(call),
            Some(_) => return false,
        }
        self.current.push(call);
        true
    }

    fn over(&mut self, call: u64, failed: bool, now: Duration) {
        if !self.current.contains(&call) {
            return;
        }
        self.current.retain(|current| *current != call);
        if self.trial == Some(call) {
            let wait = (self.wait * 2).min(LIMITS.longest_wait);
            return if failed { self.open(now, wait) } else { self.close() };
        }
        self.results.push(failed);
        let last = |count: u32| self.results.iter().rev().take(count as usize);
        let row = self.results.len() >= 3 && last(LIMITS.in_a_row).all(|failed| *failed);
        if row || last(WINDOW).filter(|failed| **failed).count() >= 8 {
            self.open(now, LIMITS.wait);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_the_diagram_says(steps in proptest::collection::vec(step(), 1..200)) {
        let (mut breaker, mut paper) = (Breaker::new(LIMITS), Paper::default());
        let (mut now, mut calls) = (Duration::ZERO, Vec::<(u64, Pass)>::new());
        for (number, step) in (0_u64..).zip(steps) {
            let under_way = calls.len();
            let pick = |at: usize| at.checked_rem(under_way);
            match step {
                Step::Admit => {
                    let pass = breaker.admit(now);
                    prop_assert_eq!(pass.is_some(), paper.admits(number, now));
                    calls.extend(pass.map(|pass| (number, pass)));
                }
                Step::Pass(time) => now += time,
                Step::Speak(at) => {
                    let Some(at) = pick(at) else { continue };
                    breaker.speaks(&mut calls[at].1);
                    if paper.trial == Some(calls[at].0) {
                        paper.close();
                        paper.current.push(calls[at].0);
                    }
                }
                Step::Succeed(at) | Step::Fail(at) => {
                    let Some(at) = pick(at) else { continue };
                    let (call, pass) = calls.swap_remove(at);
                    let failed = matches!(step, Step::Fail(_));
                    if failed { breaker.failed(pass, now) } else { breaker.succeeded(pass) }
                    paper.over(call, failed, now);
                }
                Step::Abandon(at) => {
                    let Some(at) = pick(at) else { continue };
                    let (call, pass) = calls.swap_remove(at);
                    breaker.abandoned(pass, now);
                    paper.current.retain(|current| *current != call);
                    if paper.trial == Some(call) {
                        let wait = paper.wait;
                        paper.open(now, Duration::ZERO);
                        paper.wait = wait;
                    }
                }
            }
            let open = !matches!(breaker.standing(), Standing::Closed);
            prop_assert_eq!(open, paper.closed_until.is_some());
        }
    }
}
