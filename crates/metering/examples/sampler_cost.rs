//! What metering a hundred lives costs: the share of one core that goes into reading their meters each second and
//! writing their records. The lives are a hundred processes of this program, each with some memory in use; the books
//! that are read are the kernel's. What is measured is the processor time of this process, to the nanosecond, while
//! it does nothing but metering: for as long as one write comes after another, several times over. Prints a table;
//! give it a directory on the disk to write to, else it uses the system's directory for temporary files.

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ids::{AccountId, AgentRuntimeId, EndpointName};
use metering::{Life, Meter, Metering, Options, Parts, Reading};
use rustix::time::{ClockId, clock_gettime};
use stdx::{Clock, SystemClock};
use store_sqlite::SqliteStore;

const LIVES: usize = 100;
/// What each life has in use: a small agent's share.
const HELD: usize = 32 << 20;
/// How often the share is measured; the first writes, which make what later ones change, come before.
const TIMES: usize = 3;
const HOLD: &str = "--hold";

type Books = fn(u32) -> Reading;

fn main() {
    let argument = std::env::args_os().nth(1);
    if argument.as_deref().is_some_and(|argument| argument == HOLD) {
        return hold();
    }
    let parent = argument.map_or_else(std::env::temp_dir, PathBuf::from);
    let lives: Vec<Child> = (0..LIVES).map(|_| child()).collect();
    let pids: Vec<u32> = lives.iter().map(Child::id).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let Options { sample_every, flush_every, .. } = Options::default();
    println!(
        "{LIVES} lives of {} MiB each, read every {sample_every:?}, written every {flush_every:?}",
        HELD >> 20
    );
    println!("| memory read from | one round of readings | share of one core | the highest of {TIMES} |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, books) in [("statm", from_statm as Books), ("smaps_rollup", from_smaps)] {
        let round = round(&pids, books).as_secs_f64() * 1e3;
        let directory = parent.join(format!("freehold-sampler-cost-{}-{name}", std::process::id()));
        let mut shares = runtime.block_on(shares(&directory, &pids, books));
        std::fs::remove_dir_all(&directory).unwrap();
        shares.sort_by(f64::total_cmp);
        let [middle, highest] = [shares[TIMES / 2], shares[TIMES - 1]].map(|share| two_digits(share * 100.0));
        println!("| {name} | {} ms | {middle} % | {highest} % |", two_digits(round));
    }
    for mut life in lives {
        life.kill().unwrap();
        life.wait().unwrap();
    }
}

/// A life: keeps its memory until whoever started it goes away.
fn hold() {
    let held = vec![1_u8; HELD];
    println!("ready");
    let _ = std::io::stdin().read(&mut [0]);
    drop(std::hint::black_box(held));
}

fn child() -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.arg(HOLD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    child
}

/// The processor time that reading all meters once takes.
fn round(pids: &[u32], books: Books) -> Duration {
    const ROUNDS: u32 = 20;
    let before = processor_time();
    for _ in 0..ROUNDS {
        assert!(pids.iter().all(|pid| books(*pid).memory >= HELD as u64));
    }
    (processor_time() - before) / ROUNDS
}

/// The shares of one core that the whole service takes, from one write to the next.
async fn shares(directory: &Path, pids: &[u32], books: Books) -> Vec<f64> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(SqliteStore::open(directory).unwrap());
    let options = Options::default();
    let every = options.flush_every;
    let parts = Parts { store: Arc::clone(&store) as _, clock: Arc::clone(&clock), options };
    let metering = Metering::start(parts).await.unwrap();
    let guards: Vec<_> = pids
        .iter()
        .map(|&pid| {
            let meter: Meter = Arc::new(move || books(pid));
            metering.begin(life(pid, &*clock), meter)
        })
        .collect();
    tokio::time::sleep(every).await;
    let mut shares = Vec::new();
    for _ in 0..TIMES {
        let (begun, used) = (clock.elapsed(), processor_time());
        tokio::time::sleep(every).await;
        shares.push((processor_time() - used).as_secs_f64() / (clock.elapsed() - begun).as_secs_f64());
    }
    drop(guards);
    metering.shut_down().await;
    store.close().await;
    shares
}

fn life(pid: u32, clock: &dyn Clock) -> Life {
    Life {
        account: AccountId::default(),
        runtime: AgentRuntimeId::parse("hello-abcdefghij").unwrap(),
        endpoint: EndpointName::default_endpoint(),
        session: format!("session-of-process-{pid:020}"),
        user: None,
        sandbox: pid.to_string(),
        started_at: clock.now(),
        resumed: false,
    }
}

/// Two significant digits: what differs behind them differs from run to run.
fn two_digits(number: f64) -> String {
    let decimals = if number < 1.0 { 2 } else { usize::from(number < 10.0) };
    format!("{number:.decimals$}")
}

/// What the kernel has given this process: it counts nanoseconds, not ticks.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

/// The resident pages that are not a file's: constant work for the kernel.
fn from_statm(pid: u32) -> Reading {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let mut pages = text.split(' ').skip(1).map(|pages| pages.parse::<u64>().unwrap());
    let (resident, shared) = (pages.next().unwrap(), pages.next().unwrap());
    Reading { cpu: cpu(pid), memory: (resident - shared) << 12 }
}

/// The private pages: the kernel walks all page tables.
fn from_smaps(pid: u32) -> Reading {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let private = text.lines().filter(|line| line.starts_with("Private_"));
    let memory: u64 =
        private.map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10).sum();
    Reading { cpu: cpu(pid), memory }
}

fn cpu(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let behind_name = text.rsplit(')').next().unwrap();
    let ticks = behind_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}
