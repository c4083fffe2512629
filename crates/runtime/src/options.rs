//! What can be set from outside.

use std::path::PathBuf;
use std::time::Duration;

use ids::Region;
use sandbox::Limits;

/// The service's settings. The defaults are AgentCore's published quotas where there are some.
#[derive(Clone, Debug)]
pub struct Options {
    /// The region that ARNs name.
    pub region: Region,
    /// A directory for unpacking code, emptied at every start.
    pub work_directory: PathBuf,
    /// Where agents reach this server, for the address that they advertise.
    pub endpoint_url: String,
    /// The environment of every agent, under what its user set.
    pub environment: Vec<(String, String)>,
    /// What one sandbox may use.
    pub sandbox: Limits,
    /// How long a program may take from its start to its first healthy `/ping`.
    pub start_budget: Duration,
    /// By how much to stretch `start_budget` where guest code is emulated.
    pub emulation_factor: u32,
    /// Versions that are built at the same time.
    pub concurrent_builds: usize,
    /// Sessions of an account that may live at once.
    pub max_sessions: usize,
    /// How long a session must have been quiet to be suspended; `None` never suspends one by itself.
    pub suspend_after: Option<Duration>,
    /// Checkpoints of one session.
    pub max_checkpoints: usize,
    /// New sessions of one runtime a second.
    pub new_sessions_per_second: u32,
    /// New sessions of one runtime a minute, if that is bounded too.
    pub new_sessions_per_minute: Option<u32>,
    /// Requests to one runtime a second.
    pub requests_per_second: u32,
    /// Until the head of an answer must have come.
    pub answer_timeout: Duration,
    /// Until the whole of an answer must have come.
    pub stream_timeout: Duration,
}

impl Options {
    /// The defaults, unpacking below `work_directory`.
    pub fn new(work_directory: PathBuf) -> Self {
        Self {
            region: Region::default(),
            work_directory,
            endpoint_url: "http://127.0.0.1:7070".to_owned(),
            environment: Vec::new(),
            sandbox: Limits {
                vcpus: 1,
                memory_mib: 512,
                disk_mib: 10 * 1024,
                processes: 1024,
                // Above the longest lifetime a session can ask for: the service ends it earlier.
                wall_clock: Duration::from_secs(15 * 24 * 3600),
            },
            start_budget: Duration::from_secs(60),
            emulation_factor: 10,
            concurrent_builds: 1,
            max_sessions: 2_500,
            suspend_after: Some(Duration::from_secs(20)),
            max_checkpoints: 20,
            new_sessions_per_second: 25,
            new_sessions_per_minute: None,
            requests_per_second: 200,
            answer_timeout: Duration::from_secs(15 * 60),
            stream_timeout: Duration::from_secs(60 * 60),
        }
    }
}
