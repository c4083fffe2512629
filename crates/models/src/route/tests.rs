use proptest::prelude::*;
use stdx::{Rng, SeededRng};

use super::*;

fn set(name: usize, weights: &[u32]) -> Vec<Target> {
    let target = |(index, weight): (usize, &u32)| Target {
        provider: name.to_string(),
        model: index.to_string(),
        weight: *weight,
    };
    weights.iter().enumerate().map(target).collect()
}

fn ticket(rng: &dyn Rng) -> u64 {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[test]
fn calls_are_split_by_weight() {
    let (sets, rng) = ([set(0, &[1, 0, 3])], SeededRng::new(7));
    let mut counts = [0_u32; 3];
    for _ in 0..8_000 {
        let target = Route::new(&sets).next(ticket(&rng)).unwrap();
        counts[target.model.parse::<usize>().unwrap()] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!((1_850..2_150).contains(&counts[0]), "{counts:?}");
}

#[test]
fn what_no_other_provider_can_mend_ends_the_route() {
    for kind in
        [ErrorKind::Invalid, ErrorKind::ContextTooLong, ErrorKind::BudgetExceeded, ErrorKind::NotConfigured]
    {
        assert!(!goes_on(&kind), "{kind:?}");
    }
    for kind in [ErrorKind::Timeout, ErrorKind::AccessDenied, ErrorKind::UnknownModel, ErrorKind::Malformed] {
        assert!(goes_on(&kind), "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fails and whatever is not to be had: sets have their turns in order, each target is offered at most
    /// once, one of weight 0 never, at most one of a set is asked, and the route ends only when there is none left.
    #[test]
    fn every_set_has_its_turn(
        weights in proptest::collection::vec(proptest::collection::vec(0_u32..4, 0..4), 0..5),
        steps in proptest::collection::vec((any::<u64>(), any::<bool>()), 32),
    ) {
        let sets: Vec<_> = weights.iter().enumerate().map(|(name, weights)| set(name, weights)).collect();
        let mut route = Route::new(&sets);
        let mut left: Vec<Vec<&Target>> = sets
            .iter()
            .map(|set| set.iter().filter(|target| target.weight > 0).collect())
            .collect();
        for (ticket, failed) in steps {
            let expected = left.iter().position(|set| !set.is_empty());
            let Some(offered) = route.next(ticket) else {
                prop_assert_eq!(expected, None);
                return Ok(());
            };
            let expected = expected.unwrap();
            prop_assert_eq!(&offered.provider, &expected.to_string());
            prop_assert!(left[expected].contains(&offered));
            if failed {
                left[expected].clear();
                route.failed();
            } else {
                left[expected].retain(|target| *target != offered);
                route.not_available();
            }
        }
    }
}
