//! What makes this machine differ from its siblings: clock, randomness, names.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use guest_protocol::hello::Wake;
use rustix::ioctl::{NoArg, Setter, ioctl, opcode};
use rustix::time::{ClockId, Timespec, clock_settime};

use crate::step::{At, StepError};

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const MACHINE_ID: &str = "/etc/machine-id";
const HOSTNAME: &str = "/etc/hostname";
const HOSTS: &str = "/etc/hosts";

/// Bytes of entropy that a wake brings.
const ENTROPY: usize = 64;

/// The files that carry the identity, held open: a wake has no time to look for them.
pub(crate) struct Identity {
    boot_id: Card,
    machine_id: Card,
    hostname: Card,
    hosts: Card,
    random: File,
}

impl Identity {
    /// Makes the files, in the new root.
    pub(crate) fn create() -> Result<Self, StepError> {
        for place in [MACHINE_ID, HOSTNAME, HOSTS] {
            create(place)?;
        }
        Ok(Self {
            boot_id: Card::show_at(BOOT_ID, "boot-id")?,
            machine_id: Card::show_at(MACHINE_ID, "machine-id")?,
            hostname: Card::show_at(HOSTNAME, "hostname")?,
            hosts: Card::show_at(HOSTS, "hosts")?,
            random: File::open("/dev/urandom").at("open /dev/urandom")?,
        })
    }

    /// Becomes who `wake` says.
    pub(crate) fn assume(&mut self, wake: &Wake) -> Result<(), StepError> {
        self.reseed(&wake.entropy)?;
        set_clock(wake.epoch_ns).at("set the clock")?;
        let name = &wake.hostname;
        rustix::system::sethostname(name.as_bytes()).at("set the host name")?;
        let machine_id: String = wake.boot_id.chars().filter(|&letter| letter != '-').collect();
        self.boot_id.write(&format!("{}\n", wake.boot_id)).at("write the boot id")?;
        self.machine_id.write(&format!("{machine_id}\n")).at("write the machine id")?;
        self.hostname.write(&format!("{name}\n")).at("write the host name")?;
        let hosts = format!("127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n::1\tlocalhost ip6-localhost\n");
        self.hosts.write(&hosts).at("write the hosts file")
    }

    fn reseed(&self, entropy: &str) -> Result<(), StepError> {
        let mut pool = Pool { bits: 0, length: 0, bytes: [0; ENTROPY] };
        let read = hex::decode_to_slice(entropy, &mut pool.bytes);
        read.map_err(|_| StepError::because("read the entropy", "not 64 bytes in hexadecimal"))?;
        (pool.bits, pool.length) = (8 * 64, 64);
        add_entropy(&self.random, pool).at("add entropy")?;
        match reseed_now(&self.random) {
            // Not ready means that nothing was handed out yet.
            Ok(()) | Err(rustix::io::Errno::NODATA) => Ok(()),
            Err(error) => Err(error).at("reseed the kernel's generator"),
        }
    }
}

/// The kernel's `struct rand_pool_info`.
#[repr(C)]
struct Pool {
    bits: i32,
    length: i32,
    bytes: [u8; ENTROPY],
}

#[expect(
    unsafe_code,
    reason = "RNDADDENTROPY has no safe form; without it restored machines share randomness"
)]
fn add_entropy(random: &File, pool: Pool) -> rustix::io::Result<()> {
    // SAFETY: the kernel reads `length` bytes behind the two integers, as many as `Pool` has.
    unsafe { ioctl(random, Setter::<{ opcode::write::<[i32; 2]>(b'R', 0x03) }, Pool>::new(pool)) }
}

#[expect(
    unsafe_code,
    reason = "RNDRESEEDCRNG has no safe form; without it the entropy comes into force late"
)]
fn reseed_now(random: &File) -> rustix::io::Result<()> {
    // SAFETY: the request takes no argument.
    unsafe { ioctl(random, NoArg::<{ opcode::none(b'R', 0x07) }>::new()) }
}

fn set_clock(epoch_ns: u64) -> io::Result<()> {
    let out_of_range = || io::Error::other("the time is out of range");
    let tv_sec = i64::try_from(epoch_ns / 1_000_000_000).map_err(|_| out_of_range())?;
    let tv_nsec = i64::try_from(epoch_ns % 1_000_000_000).map_err(|_| out_of_range())?;
    Ok(clock_settime(ClockId::Realtime, Timespec { tv_sec, tv_nsec })?)
}

/// A fresh file, also where the base image has a link to somewhere else.
fn create(path: &str) -> Result<File, StepError> {
    let step = format_args!("create {path}");
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).at(step),
        _ => {}
    }
    if let Some(parent) = Path::new(path).parent() {
        fs::create_dir_all(parent).at(step)?;
    }
    File::create_new(path).at(step)
}

/// A small file that a wake writes anew. It lies in memory and is mounted where it belongs: writing it through the
/// overlay to the disk took a good part of a wake.
struct Card {
    file: File,
    length: usize,
}

impl Card {
    /// Makes the file and mounts it over what is at `place`.
    fn show_at(place: &str, name: &str) -> Result<Self, StepError> {
        let path = format!("/run/{name}");
        let file = create(&path)?;
        rustix::mount::mount_bind(&path, place).at(format_args!("put {name} in its place"))?;
        Ok(Self { file, length: 0 })
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all_at(text.as_bytes(), 0)?;
        if text.len() < self.length {
            self.file.set_len(u64::try_from(text.len()).expect("a usize fits in a u64"))?;
        }
        self.length = text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_anew_leaves_nothing_of_a_longer_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hostname");
        let mut card = Card { file: File::create(&path).unwrap(), length: 0 };
        for text in ["name\n", "a-long-name\n", "short\n"] {
            card.write(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn the_requests_are_the_kernels() {
        assert_eq!(opcode::write::<[i32; 2]>(b'R', 0x03), 0x4008_5203);
        assert_eq!(opcode::none(b'R', 0x07), 0x5207);
    }
}
