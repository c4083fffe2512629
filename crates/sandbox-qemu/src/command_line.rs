//! QEMU's command line.

use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use guest_protocol::{DISK_BASE, DISK_CODE, DISK_SCRATCH, DISK_STORAGE, PORT_NAME};
use serde_json::json;

/// Whether the processor itself runs the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accelerator {
    /// Hardware virtualisation.
    Kvm,
    /// Software emulation.
    Emulated,
}

/// What the guest's memory is.
#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) file: Arc<OwnedFd>,
    pub(crate) mib: u32,
    /// Whether writes go to the file. Never for two machines at once.
    pub(crate) shared: bool,
}

/// The writable disk.
#[derive(Clone)]
pub(crate) enum Scratch {
    /// A raw image, written directly.
    Raw(Arc<OwnedFd>),
    /// A qcow2 overlay on a raw image.
    Overlay { overlay: Arc<OwnedFd>, below: Arc<OwnedFd> },
}

/// What the machine begins with.
#[derive(Clone)]
pub(crate) enum Begin {
    /// A kernel.
    Kernel { kernel: Arc<OwnedFd>, initramfs: Arc<OwnedFd>, arguments: String },
    /// A state that the monitor will name.
    Incoming,
}

/// The disks beside the scratch disk.
#[derive(Clone)]
pub(crate) struct Disks {
    pub(crate) base: Arc<OwnedFd>,
    pub(crate) code: Arc<OwnedFd>,
    pub(crate) scratch: Scratch,
    /// What outlives the machine, if it may have such a disk.
    pub(crate) storage: Option<Arc<OwnedFd>>,
}

/// One machine.
pub(crate) struct MachineSetup<'a> {
    /// The directory that owns it; seen in the process list, and how leftovers are recognised.
    pub(crate) home: &'a Path,
    pub(crate) accelerator: Accelerator,
    pub(crate) vcpus: u8,
    pub(crate) memory: Memory,
    /// Absent only when it is probed whether a machine boots at all.
    pub(crate) disks: Option<Disks>,
    pub(crate) begin: Begin,
    pub(crate) monitor: Arc<OwnedFd>,
    pub(crate) stream: Arc<OwnedFd>,
}

/// What precedes the directory in the machine's name.
pub(crate) const NAME_PREFIX: &str = "guest=freehold:";

/// The processor that guests see.
pub(crate) fn processor(accelerator: Accelerator) -> &'static str {
    match accelerator {
        Accelerator::Kvm => "host",
        Accelerator::Emulated => "max",
    }
}

/// Collects arguments, and the descriptors that they mention.
struct Line {
    arguments: Vec<OsString>,
    descriptors: Vec<Arc<OwnedFd>>,
    sets: u32,
}

impl Line {
    fn add(&mut self, option: &str, value: impl Into<OsString>) {
        self.arguments.push(option.into());
        self.arguments.push(value.into());
    }

    /// Passes a descriptor on and says its number.
    fn pass(&mut self, descriptor: &Arc<OwnedFd>) -> i32 {
        self.descriptors.push(Arc::clone(descriptor));
        descriptor.as_raw_fd()
    }

    /// Passes a file on and says a path that opens it anew, whatever directories it lies in.
    fn path(&mut self, file: &Arc<OwnedFd>) -> String {
        format!("/proc/self/fd/{}", self.pass(file))
    }

    /// Passes a file on for QEMU's block layer and says the name it has there.
    fn block_file(&mut self, file: &Arc<OwnedFd>) -> String {
        let (set, descriptor) = (self.sets, self.pass(file));
        self.sets += 1;
        self.add("-add-fd", format!("fd={descriptor},set={set}"));
        format!("/dev/fdset/{set}")
    }

    /// A raw image as a node of the block graph.
    fn raw_node(&mut self, node: &str, file: &Arc<OwnedFd>, read_only: bool) {
        let filename = self.block_file(file);
        let file = json!({
            "driver": "file", "filename": filename, "locking": "off",
            "read-only": read_only, "auto-read-only": false,
            "cache": { "direct": false, "no-flush": !read_only },
        });
        let cache = json!({ "direct": false, "no-flush": !read_only });
        let raw = json!({
            "driver": "raw", "node-name": node, "read-only": read_only, "auto-read-only": false,
            "cache": cache, "file": file,
        });
        self.add("-blockdev", raw.to_string());
    }

    /// A raw image that outlives the machine: what the guest flushes is on the host's disk, what it discards is a hole.
    fn lasting_node(&mut self, node: &str, file: &Arc<OwnedFd>) {
        let filename = self.block_file(file);
        let cache = json!({ "direct": false, "no-flush": false });
        let file = json!({
            "driver": "file", "filename": filename, "locking": "off", "discard": "unmap", "cache": cache,
        });
        let raw = json!({
            "driver": "raw", "node-name": node, "discard": "unmap", "cache": cache, "file": file,
        });
        self.add("-blockdev", raw.to_string());
    }

    fn disk(&mut self, serial: &str) {
        self.add(
            "-device",
            format!("virtio-blk-device,drive={serial},serial={serial},werror=report,rerror=report"),
        );
    }
}

/// The command line, and the descriptors that it mentions.
pub(crate) fn command_line(setup: &MachineSetup<'_>) -> (Vec<OsString>, Vec<Arc<OwnedFd>>) {
    let mut line = Line { arguments: Vec::new(), descriptors: Vec::new(), sets: 1 };
    // A comma ends a value and is doubled to stand for itself.
    let home = setup.home.to_string_lossy().replace(',', ",,");
    line.add("-name", format!("{NAME_PREFIX}{home}"));
    for flag in ["-no-user-config", "-nodefaults", "-nographic", "-no-reboot"] {
        line.arguments.push(flag.into());
    }
    line.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    let memory = format!("{}M", setup.memory.mib);
    line.add("-machine", "microvm,x-option-roms=off,rtc=on,memory-backend=ram,dump-guest-core=off");
    line.add(
        "-accel",
        match setup.accelerator {
            Accelerator::Kvm => "kvm",
            Accelerator::Emulated => "tcg,thread=multi,tb-size=128",
        },
    );
    line.add("-cpu", processor(setup.accelerator));
    // Else a machine that was held when its state was written would be held when it is restored.
    line.add("-global", "migration.store-global-state=off");
    line.add("-smp", setup.vcpus.to_string());
    line.add("-m", memory.clone());
    let path = line.path(&setup.memory.file);
    let share = if setup.memory.shared { "on" } else { "off" };
    line.add(
        "-object",
        format!("memory-backend-file,id=ram,size={memory},mem-path={path},share={share},prealloc=off"),
    );
    line.add("-chardev", "stdio,id=console,signal=off");
    line.add("-serial", "chardev:console");
    let monitor = line.pass(&setup.monitor);
    line.add("-chardev", format!("socket,id=monitor,fd={monitor}"));
    line.add("-mon", "chardev=monitor,mode=control");
    let stream = line.pass(&setup.stream);
    line.add("-chardev", format!("socket,id=stream,fd={stream}"));
    line.add("-device", "virtio-serial-device");
    line.add("-device", format!("virtserialport,chardev=stream,name={PORT_NAME}"));
    if let Some(disks) = &setup.disks {
        add_disks(&mut line, disks);
    }
    begin(&mut line, &setup.begin);
    (line.arguments, line.descriptors)
}

fn add_disks(line: &mut Line, disks: &Disks) {
    line.raw_node(DISK_BASE, &disks.base, true);
    line.raw_node(DISK_CODE, &disks.code, true);
    match &disks.scratch {
        Scratch::Raw(image) => line.raw_node(DISK_SCRATCH, image, false),
        Scratch::Overlay { overlay, below } => {
            line.raw_node("below", below, true);
            let filename = line.block_file(overlay);
            let cache = json!({ "direct": false, "no-flush": true });
            let file = json!({
                "driver": "file", "filename": filename, "locking": "off", "discard": "unmap", "cache": cache,
            });
            let overlay = json!({
                "driver": "qcow2", "node-name": DISK_SCRATCH, "backing": "below", "discard": "unmap",
                "cache": cache, "file": file,
            });
            line.add("-blockdev", overlay.to_string());
        }
    }
    for serial in [DISK_BASE, DISK_CODE, DISK_SCRATCH] {
        line.disk(serial);
    }
    if let Some(image) = &disks.storage {
        line.lasting_node(DISK_STORAGE, image);
        line.disk(DISK_STORAGE);
    }
}

fn begin(line: &mut Line, begin: &Begin) {
    match begin {
        Begin::Kernel { kernel, initramfs, arguments } => {
            let kernel = line.path(kernel);
            line.add("-kernel", kernel);
            let initramfs = line.path(initramfs);
            line.add("-initrd", initramfs);
            line.add("-append", arguments);
        }
        Begin::Incoming => line.add("-incoming", "defer"),
    }
}
