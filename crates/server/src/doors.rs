//! One door for each protocol that is spoken on the port.

pub(crate) mod agentcore;
mod invocations;
pub(crate) mod s3;
pub(crate) mod sts;
