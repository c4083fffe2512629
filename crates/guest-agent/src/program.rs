//! Starts the program as somebody without any power over the machine.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use guest_protocol::hello::Boot;
use rustix::process::{Gid, Pid, Resource, Rlimit, Uid, setrlimit};
use rustix::thread::CapabilitySet;
use tokio::net::unix::pipe;

use crate::root::CGROUP;
use crate::step::{At, StepError};

/// Name of the program's user, where the base image has none of that id.
const USER: &str = "agent";
/// Where programs look for their resolver. The guest has none, and asking loopback fails at once.
const RESOLVER: &str = "/etc/resolv.conf";
/// Files that the program may have open.
const OPEN_FILES: u64 = 65_536;

/// The program, running.
pub(crate) struct Program {
    /// Its process id.
    pub(crate) pid: Pid,
    /// Its standard output.
    pub(crate) stdout: pipe::Receiver,
    /// Its standard error.
    pub(crate) stderr: pipe::Receiver,
}

/// Starts it.
pub(crate) fn start(boot: &Boot) -> Result<Program, StepError> {
    let name = boot.arguments.first();
    let name = name.ok_or_else(|| StepError::because("start the program", "no arguments"))?;
    if boot.user == 0 {
        return Err(StepError::because("start the program", "it must not be the superuser"));
    }
    settle_in(boot)?;
    if !Path::new(&boot.working_directory).is_dir() {
        let step = format_args!("enter {}", boot.working_directory);
        return Err(StepError::because(step, "there is no such directory"));
    }
    let (stdout, out) = pipe()?;
    let (stderr, error) = pipe()?;
    let mut command = Command::new(name);
    command.args(&boot.arguments[1..]).env_clear().envs(boot.environment.iter().cloned());
    command.current_dir(&boot.working_directory);
    command.stdin(Stdio::null()).stdout(out).stderr(error);
    confine(&mut command, boot)?;
    let child = command.spawn().at(format_args!("start {name}"))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a child has a process id");
    Ok(Program { pid, stdout, stderr })
}

/// A pipe whose reading end is ours and whose writing end is the program's.
fn pipe() -> Result<(pipe::Receiver, OwnedFd), StepError> {
    let (writer, reader) = pipe::pipe().at("make a pipe")?;
    Ok((reader, writer.into_blocking_fd().at("make a pipe block")?))
}

/// Gives the program's user a name and a home.
fn settle_in(boot: &Boot) -> Result<(), StepError> {
    let id = boot.user;
    let home = boot.environment.iter().find(|(name, _)| name == "HOME");
    let home = home.map_or_else(|| format!("/home/{USER}"), |(_, value)| value.clone());
    if !Path::new(&home).exists() {
        fs::create_dir_all(&home).at(format_args!("create {home}"))?;
        chown(&home, Some(id), Some(id)).at(format_args!("hand over {home}"))?;
    }
    add_entry("/etc/passwd", id, &format!("{USER}:x:{id}:{id}::{home}:/bin/sh"))?;
    add_entry("/etc/group", id, &format!("{USER}:x:{id}:"))?;
    // Images have it as a link to somewhere; a link left in place would be written through.
    let _ = fs::remove_file(RESOLVER);
    fs::write(RESOLVER, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").at("name a resolver")
}

/// Adds a line to a user database, unless one has this id already.
fn add_entry(path: &str, id: u32, line: &str) -> Result<(), StepError> {
    let entries = match fs::read_to_string(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).at(format_args!("read {path}")),
    };
    if has_id(&entries, id) {
        return Ok(());
    }
    let break_before = if entries.is_empty() || entries.ends_with('\n') { "" } else { "\n" };
    let added = OpenOptions::new().append(true).create(true).open(path);
    added.and_then(|mut file| writeln!(file, "{break_before}{line}")).at(format_args!("extend {path}"))
}

/// The id is the third field, of users and of groups.
fn has_id(entries: &str, id: u32) -> bool {
    let ids = entries.lines().filter_map(|entry| entry.split(':').nth(2));
    ids.filter_map(|text| text.parse::<u32>().ok()).any(|found| found == id)
}

/// What the child does to itself between its fork and the program.
#[expect(unsafe_code, reason = "only the child can give up its own powers; std has no safe way in for that")]
fn confine(command: &mut Command, boot: &Boot) -> Result<(), StepError> {
    let members = Path::new(CGROUP).join("cgroup.procs");
    let members: File = OpenOptions::new().write(true).open(members).at("open the program's cgroup")?;
    let (user, group) = (Uid::from_raw(boot.user), Gid::from_raw(boot.user));
    let processes = u64::from(boot.processes);
    let step_down = move || {
        (&members).write_all(b"0")?;
        rustix::process::setsid()?;
        for (resource, most) in
            [(Resource::Nproc, processes), (Resource::Nofile, OPEN_FILES), (Resource::Core, 0)]
        {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
        for capability in CapabilitySet::all().iter() {
            // Those that this kernel does not know cannot be held either.
            let _ = rustix::thread::remove_capability_from_bounding_set(capability);
        }
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(group, group, group)?;
        rustix::thread::set_thread_res_uid(user, user, user)?;
        rustix::thread::set_no_new_privs(true)?;
        Ok(())
    };
    // SAFETY: between fork and exec the closure only makes system calls: it allocates nothing and takes no lock.
    unsafe { command.pre_exec(step_down) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_their_column() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:1000::/:/bin/false\n";
        assert!(has_id(passwd, 0));
        assert!(has_id(passwd, 65534));
        assert!(!has_id(passwd, 1000));
        assert!(!has_id("", 0));
    }
}
