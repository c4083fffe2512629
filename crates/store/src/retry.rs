//! Changes that somebody else's came in between of.

use fault::{Fault, Kind, Result};

/// How often a change is tried.
const ATTEMPTS: usize = 8;

/// Runs `attempt` again while somebody else changes the same rows, a few times at most; then the caller is told that
/// they are busy.
pub async fn retry_on_conflict<T, F>(busy: &'static str, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(fault) if *fault.kind() == Kind::ConcurrentModification => {}
            done => return done,
        }
    }
    attempt().await.map_err(|fault| match fault.kind() {
        Kind::ConcurrentModification => Fault::conflict(busy),
        _ => fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_tried_again_but_not_for_ever() {
        for (conflicts, tried, done) in [(0, 1, true), (7, 8, true), (8, 8, false)] {
            let mut attempts = 0;
            let result = retry_on_conflict("busy", || {
                attempts += 1;
                let conflict = Fault::new(Kind::ConcurrentModification, "changed meanwhile");
                std::future::ready(if attempts > conflicts { Ok(()) } else { Err(conflict) })
            });
            let result = result.await.map_err(|fault| (fault.kind().clone(), fault.message().to_owned()));
            let busy = Fault::conflict("busy");
            let expected = done.then_some(()).ok_or((busy.kind().clone(), "busy".to_owned()));
            assert_eq!((result, attempts), (expected, tried));
        }
        let mut attempts = 0;
        let refused = retry_on_conflict("busy", || {
            attempts += 1;
            std::future::ready(Err::<(), _>(Fault::not_found("no such thing")))
        });
        assert_eq!(*refused.await.unwrap_err().kind(), Kind::NotFound);
        assert_eq!(attempts, 1);
    }
}
