//! The one way out of a sandbox: connections that a program opens to the platform that it runs on.

use tokio::io::{AsyncRead, AsyncWrite};

use stdx::BoxFuture;

use crate::spec::SandboxId;

/// The TCP port of a sandbox's loopback device behind which the platform answers. The channel says who calls, so a
/// program needs no secret to be known there.
pub const PLATFORM_PORT: u16 = 7070;

/// A stream of bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Duplex for T {}

/// Whoever answers what programs say to the platform.
pub trait Platform: Send + Sync + 'static {
    /// Serves one connection to its end. The future is dropped when the sandbox ends or is frozen; the program then
    /// sees a connection that was closed.
    fn serve(&self, from: SandboxId, connection: Box<dyn Duplex>) -> BoxFuture<'static, ()>;
}
