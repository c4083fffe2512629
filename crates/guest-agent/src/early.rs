//! What comes before everything: the kernel's file systems and the kernel's modules.

use std::fs;
use std::io;
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

use crate::step::{At, StepError};

/// Mounts what the first steps need, on the initial ramdisk.
pub(crate) fn mounts() -> Result<(), StepError> {
    let hardened = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV;
    for (kind, target, flags) in [
        ("proc", "/proc", hardened),
        ("sysfs", "/sys", hardened),
        ("devtmpfs", "/dev", MountFlags::NOSUID | MountFlags::NOEXEC),
    ] {
        fs::create_dir_all(target).at(format_args!("create {target}"))?;
        mount(kind, target, kind, flags, None).at(format_args!("mount {target}"))?;
    }
    Ok(())
}

/// Loads the modules that `/modules/order` lists, in that order, and forgets them.
pub(crate) fn modules() -> Result<(), StepError> {
    let directory = Path::new("/modules");
    let order = fs::read_to_string(directory.join("order")).at("read the list of modules")?;
    for name in order.lines() {
        load(&directory.join(format!("{name}.ko"))).at(format_args!("load module {name}"))?;
    }
    // They only take memory from here on.
    fs::remove_dir_all(directory).at("remove the module files")?;
    fs::write("/proc/sys/kernel/modules_disabled", "1").at("close the kernel to further modules")
}

fn load(path: &Path) -> io::Result<()> {
    let file = fs::File::open(path)?;
    match rustix::system::finit_module(&file, c"", 0) {
        // An optimised implementation that this processor lacks (`ENODEV`) has a plain one built in.
        Ok(()) | Err(Errno::EXIST | Errno::NODEV) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
