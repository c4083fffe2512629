//! The frequency of the processor's time-stamp counter.
//!
//! An emulated guest cannot calibrate its clock against the emulated timer reliably and may hang trying; it is told
//! the frequency instead.

use std::time::{Duration, Instant};

const SPAN: Duration = Duration::from_millis(50);

/// Measures the frequency in kilohertz, once a process.
pub(crate) async fn khz() -> u64 {
    static MEASURED: tokio::sync::OnceCell<u64> = tokio::sync::OnceCell::const_new();
    *MEASURED.get_or_init(measure).await
}

async fn measure() -> u64 {
    let (begin, first) = (Instant::now(), counter());
    tokio::time::sleep(SPAN).await;
    let (ticks, nanos) = (counter().wrapping_sub(first), begin.elapsed().as_nanos());
    u64::try_from(u128::from(ticks) * 1_000_000 / nanos.max(1)).unwrap_or(u64::MAX)
}

fn counter() -> u64 {
    // JUSTIFICATION: the kernel tells its own measurement only in its log.
    // SAFETY: reading the counter has no effect and every x86-64 processor has it.
    #[expect(unsafe_code, reason = "the counter is read by an intrinsic")]
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_counter_runs_at_a_plausible_pace() {
        let khz = super::khz().await;
        assert!((100_000..20_000_000).contains(&khz), "{khz}");
    }
}
