//! How much of a stranger's archive we take.

const MEBIBYTE: u64 = 1024 * 1024;

/// Upper bounds; all of them hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive itself.
    pub zipped: u64,
    /// Bytes of all files together once unpacked, counted while they are written.
    pub unpacked: u64,
    /// Files, links and directories, those directories included that only appear inside longer names.
    ///
    /// AgentCore documents no such number. The largest dependency trees in use (machine-learning frameworks
    /// beside a web framework) have some 60,000 files.
    pub entries: usize,
    /// Links alone; each one costs a walk through the tree to check.
    pub links: usize,
    /// Bytes of all names together, because they are held in memory.
    pub names: usize,
    /// Bytes of one path below the root; leaves room for the directory in front of it under Linux's 4096.
    pub path: usize,
    /// Parts of one path below the root.
    pub depth: usize,
}

impl Default for Limits {
    /// AgentCore's 250 MB zipped and 750 MB unpacked, with our own bounds on the rest.
    fn default() -> Self {
        Self {
            zipped: 250 * MEBIBYTE,
            unpacked: 750 * MEBIBYTE,
            entries: 200_000,
            links: 10_000,
            names: 32 * 1024 * 1024,
            path: 1024,
            depth: 100,
        }
    }
}
