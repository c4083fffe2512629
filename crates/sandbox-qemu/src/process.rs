//! Starting QEMU: unprivileged, alone in its process group, with exactly the descriptors it needs, and never
//! outliving the server.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use rustix::process::{Gid, Resource, Rlimit, Signal, Uid, set_parent_process_death_signal, setrlimit};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// Everything about one process to be started.
pub(crate) struct Launch {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// Descriptors that it keeps, under the numbers they have here.
    pub(crate) descriptors: Vec<Arc<OwnedFd>>,
    /// Whom it runs as, if not as ourselves.
    pub(crate) credentials: Option<Credentials>,
    /// The largest file it may write.
    pub(crate) largest_file: u64,
}

/// User and groups of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Uid,
    pub(crate) group: Gid,
    pub(crate) supplementary: Vec<Gid>,
}

type Order = (Launch, oneshot::Sender<io::Result<Child>>);

/// Starts processes, all from one thread: the kernel kills a child when the *thread* that started it ends, so
/// that thread has to live as long as the engine.
#[derive(Clone)]
pub(crate) struct Starter {
    orders: mpsc::Sender<Order>,
}

impl Starter {
    /// Starts the thread. It ends with the last clone.
    pub(crate) fn new() -> io::Result<Self> {
        let (orders, mut received) = mpsc::channel::<Order>(64);
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new().name("vmm-starter".to_owned()).spawn(move || {
            let _entered = runtime.enter();
            while let Some((launch, outcome)) = received.blocking_recv() {
                // A caller that is gone drops the child, and that kills it.
                let _ = outcome.send(start(&launch));
            }
        })?;
        Ok(Self { orders })
    }

    /// Starts a process.
    pub(crate) async fn start(&self, launch: Launch) -> io::Result<Child> {
        let gone = || io::Error::other("the thread that starts processes is gone");
        let (outcome, started) = oneshot::channel();
        self.orders.send((launch, outcome)).await.map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

fn start(launch: &Launch) -> io::Result<Child> {
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let kept: Vec<RawFd> = launch.descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let credentials = launch.credentials.clone();
    let largest_file = launch.largest_file;
    let server = rustix::process::getpid();
    let prepare = move || {
        limit(Resource::Core, 0)?;
        limit(Resource::Fsize, largest_file)?;
        keep_only(&kept)?;
        if let Some(credentials) = &credentials {
            become_other(credentials)?;
        }
        // Last: a change of credentials would take it back.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if rustix::process::getppid() != Some(server) {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    };
    // JUSTIFICATION: limits, credentials and inherited descriptors can only be set between fork and exec.
    // SAFETY: the closure makes system calls only: it allocates nothing, takes no lock and touches no state of
    // other threads.
    #[expect(unsafe_code, reason = "the standard library has no safe way to act between fork and exec")]
    unsafe {
        command.pre_exec(prepare);
    }
    command.spawn()
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Closes everything at exec but the standard streams and `kept`.
fn keep_only(kept: &[RawFd]) -> io::Result<()> {
    let (first, last) = (3_u32, u32::MAX);
    // JUSTIFICATION: the server may itself have inherited descriptors that are not closed at exec.
    // SAFETY: the call takes three integers and only changes flags of descriptors of this process.
    #[expect(unsafe_code, reason = "no safe wrapper of close_range is available")]
    let outcome = unsafe { libc::syscall(libc::SYS_close_range, first, last, libc::CLOSE_RANGE_CLOEXEC) };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    for descriptor in kept {
        // JUSTIFICATION: the number alone is known here, after the fork.
        // SAFETY: it is open: the parent holds it while it waits for this child's exec.
        #[expect(unsafe_code, reason = "a descriptor is borrowed by its number")]
        let descriptor = unsafe { std::os::fd::BorrowedFd::borrow_raw(*descriptor) };
        rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::empty())?;
    }
    Ok(())
}

fn become_other(credentials: &Credentials) -> io::Result<()> {
    let Credentials { user, group, supplementary } = credentials;
    rustix::thread::set_thread_groups(supplementary)?;
    rustix::thread::set_thread_res_gid(*group, *group, *group)?;
    rustix::thread::set_thread_res_uid(*user, *user, *user)?;
    Ok(())
}
