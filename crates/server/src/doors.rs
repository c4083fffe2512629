//! One door for each protocol that is spoken on the port.

pub(crate) mod agentcore;
pub(crate) mod bedrock;
mod invocations;
pub(crate) mod openai;
mod remembering;
pub(crate) mod s3;
pub(crate) mod sts;
