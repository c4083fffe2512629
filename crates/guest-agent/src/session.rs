//! The talk with the host, from hello to hello.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use guest_protocol::PLATFORM_PORT;
use guest_protocol::hello::{Answer, Boot, Hello, Wake};
use guest_protocol::record::{GUEST_MARK, HOST_MARK, Scanner, encode};
use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::identity::Identity;
use crate::output::Output;
use crate::platform::Platform;
use crate::port::Port;
use crate::reaper::Reaper;
use crate::service::{End, Guest, serve};
use crate::step::{At, StepError};
use crate::traffic::Traffic;
use crate::{lo, probe, program, root};

/// How long the host may be away, in the middle of a session, before the machine ends.
const ABSENCE: Duration = Duration::from_secs(10);

/// A machine that was booted.
struct Machine {
    identity: Identity,
    guest: Arc<Guest>,
}

/// Obeys the host for as long as it is there.
pub(crate) async fn run(mut port: Port) -> Result<(), StepError> {
    let mut machine: Option<Machine> = None;
    let mut scanner = Scanner::new(HOST_MARK);
    // Before the first hello, and while frozen, the host may stay away for as long as it likes.
    let mut patience = Duration::MAX;
    loop {
        let Some(hello) = hear(&port, &mut scanner, patience).await.at("listen to the host")? else {
            power_off();
        };
        let obeyed = match hello {
            Ok(hello) => obey(hello, &mut machine),
            Err(reason) => Err(reason),
        };
        let (answer, guest) = match (obeyed, &machine) {
            (Ok(()), Some(machine)) => (Answer::Awake, Arc::clone(&machine.guest)),
            (Ok(()), None) => unreachable!("what is obeyed leaves a machine"),
            (Err(reason), _) => {
                say(&mut port, &Answer::Failed { reason }).await?;
                continue;
            }
        };
        say(&mut port, &answer).await?;
        let rest = std::mem::replace(&mut scanner, Scanner::new(HOST_MARK)).into_rest();
        let stream = tokio::io::join(io::Cursor::new(rest).chain(port.clone()), port.clone());
        patience = match serve(stream, guest).await {
            End::Frozen => {
                say(&mut port, &Answer::Frozen).await?;
                Duration::MAX
            }
            End::Gone => ABSENCE,
        };
    }
}

/// The next hello; `None` once the host has been away for too long.
async fn hear(
    port: &Port,
    scanner: &mut Scanner,
    patience: Duration,
) -> io::Result<Option<Result<Hello, String>>> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match scanner.next::<Hello>() {
            Ok(Some(hello)) => return Ok(Some(Ok(hello))),
            Ok(None) => {}
            Err(error) => return Ok(Some(Err(format!("read the hello: {error}")))),
        }
        match port.read_now(&mut buffer) {
            Ok(0) => match timeout(patience, port.changed()).await {
                Ok(changed) => changed?,
                Err(_) => return Ok(None),
            },
            Ok(count) => scanner.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => port.changed().await?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

async fn say(port: &mut Port, answer: &Answer) -> Result<(), StepError> {
    let record = encode(&GUEST_MARK, answer).map_err(io::Error::other).at("put an answer into words")?;
    port.write_all(&record).await.at("answer the host")
}

fn obey(hello: Hello, machine: &mut Option<Machine>) -> Result<(), String> {
    match (hello, machine) {
        (Hello::Wake { wake }, Some(machine)) => {
            machine.identity.assume(&wake).map_err(|error| error.to_string())?;
            machine.guest.storage.show(wake.storage.as_deref()).map_err(|error| error.to_string())?;
            machine.guest.traffic.thaw();
            Ok(())
        }
        (Hello::Boot { boot, wake }, machine @ None) => {
            *machine = Some(start(boot, &caught_up(wake)).map_err(|error| error.to_string())?);
            Ok(())
        }
        (Hello::Wake { .. }, None) => Err("wake: the machine was not booted".to_owned()),
        (Hello::Boot { .. }, Some(_)) => Err("boot: the machine runs already".to_owned()),
    }
}

/// The time of a hello to a booting machine is the time at which it was switched on. The kernel counts from some time
/// after that, and the clock chip gives whole seconds: both can only be late, so the later one is nearer.
fn caught_up(wake: Wake) -> Wake {
    let nanos = |clock| {
        let time = Duration::try_from(clock_gettime(clock)).unwrap_or_default();
        u64::try_from(time.as_nanos()).unwrap_or(0)
    };
    let counted = wake.epoch_ns.saturating_add(nanos(ClockId::Boottime));
    Wake { epoch_ns: counted.max(nanos(ClockId::Realtime)), ..wake }
}

/// Mounts the disks and starts the program and all that watches it.
fn start(boot: Boot, wake: &Wake) -> Result<Machine, StepError> {
    let storage = root::enter(&boot)?;
    lo::up().at("bring the loopback device up")?;
    let platform = Platform::listen(PLATFORM_PORT).at("listen for what the program says to the host")?;
    let mut identity = Identity::create()?;
    identity.assume(wake)?;
    storage.show(wake.storage.as_deref())?;
    let reaper = Reaper::new()?;
    let program = program::start(&boot)?;
    let output = Output::new();
    let reading = [
        tokio::spawn(output.clone().take_in("stdout", program.stdout)),
        tokio::spawn(output.clone().take_in("stderr", program.stderr)),
    ];
    let (ended, exit) = watch::channel(None);
    let mut end = exit.clone();
    let over = async move { end.wait_for(Option::is_some).await.is_ok() };
    tokio::spawn(output.clone().finish(over, reading));
    tokio::spawn(reaper.run(program.pid, ended));
    let (settled, readiness) = watch::channel(None);
    let guest = Guest {
        port: boot.port,
        output,
        readiness,
        exit: exit.clone(),
        traffic: Traffic::new(),
        quiet: Arc::default(),
        memory_peak: AtomicU64::new(0),
        storage,
        platform,
    };
    tokio::spawn(async move { settled.send_replace(Some(probe::run(&boot, exit).await)) });
    Ok(Machine { identity, guest: Arc::new(guest) })
}

/// The host has gone for good: ends the machine.
fn power_off() -> ! {
    rustix::fs::sync();
    // A machine without a power switch stays; then process 1 ends, which no kernel survives.
    let _ = rustix::system::reboot(rustix::system::RebootCommand::Restart);
    std::process::exit(1)
}

#[cfg(test)]
mod tests;
