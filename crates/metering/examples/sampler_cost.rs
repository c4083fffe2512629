//! What metering a hundred lives costs: the share of one core that goes into reading their meters each second and
//! writing their records. The lives are a hundred processes of this program, each with some memory in use; the books
//! that are read are the kernel's. Prints a table; give it a directory on the disk to write to, else it uses the
//! system's directory for temporary files.

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ids::{AccountId, AgentRuntimeId, EndpointName};
use metering::{Life, Meter, Metering, Options, Parts, Reading};
use rustix::time::{ClockId, clock_gettime};
use stdx::{Clock, SystemClock};
use store_sqlite::SqliteStore;

const LIVES: usize = 100;
/// What each life has in use: a small agent's share.
const HELD: usize = 32 << 20;
const LASTS: Duration = Duration::from_secs(20);
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
    println!("{LIVES} lives of {} MiB each, read every second, written every 5 s", HELD >> 20);
    println!("| memory read from | one round of readings | share of one core | goal |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, books) in [("statm", from_statm as Books), ("smaps_rollup", from_smaps)] {
        let round = round(&pids, books);
        let directory = parent.join(format!("freehold-sampler-cost-{}-{name}", std::process::id()));
        let share = runtime.block_on(share(&directory, &pids, books));
        std::fs::remove_dir_all(&directory).unwrap();
        println!("| {name} | {:.2} ms | {:.2} % | 1 % |", round.as_secs_f64() * 1e3, share * 100.0);
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

/// How long reading all meters once takes.
fn round(pids: &[u32], books: Books) -> Duration {
    const ROUNDS: u32 = 20;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        assert!(pids.iter().all(|pid| books(*pid).memory >= HELD as u64));
    }
    begun.elapsed() / ROUNDS
}

/// The share of one core that the whole service takes.
async fn share(directory: &Path, pids: &[u32], books: Books) -> f64 {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(SqliteStore::open(directory).unwrap());
    let parts =
        Parts { store: Arc::clone(&store) as _, clock: Arc::clone(&clock), options: Options::default() };
    let metering = Metering::start(parts).await.unwrap();
    let guards: Vec<_> = pids
        .iter()
        .map(|&pid| {
            let meter: Meter = Arc::new(move || books(pid));
            metering.begin(life(pid, &*clock), meter)
        })
        .collect();
    let (begun, used) = (Instant::now(), processor_time());
    tokio::time::sleep(LASTS).await;
    let share = (processor_time() - used).as_secs_f64() / begun.elapsed().as_secs_f64();
    drop(guards);
    metering.shut_down().await;
    store.close().await;
    share
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
