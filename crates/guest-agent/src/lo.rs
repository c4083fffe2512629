//! The loopback device: the only network that the guest has.

use std::io;

use rustix::ioctl::{Setter, ioctl};
use rustix::net::{AddressFamily, SocketType, socket};

/// The kernel's number of "set the flags of a device".
const SIOCSIFFLAGS: rustix::ioctl::Opcode = 0x8914;
/// Up and running.
const UP: u16 = 0x1 | 0x40;

/// The kernel's `struct ifreq`, as far as flags need it.
#[repr(C)]
struct Request {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

/// Brings it up.
#[expect(
    unsafe_code,
    reason = "SIOCSIFFLAGS has no safe form; without it the program's port cannot be reached"
)]
pub(crate) fn up() -> io::Result<()> {
    let any = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    let mut request = Request { name: [0; 16], flags: UP, rest: [0; 22] };
    request.name[..2].copy_from_slice(b"lo");
    // SAFETY: the kernel reads a `struct ifreq`, which `Request` has the size and layout of.
    unsafe { ioctl(&any, Setter::<SIOCSIFFLAGS, Request>::new(request))? };
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_request_has_the_kernels_size() {
        assert_eq!(size_of::<super::Request>(), 40);
    }
}
