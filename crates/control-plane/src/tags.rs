//! Tags of any resource that has some: those of the Runtime service, and memories.

mod list;
mod tag;
mod untag;

/// Whether an ARN names a memory; everything else that can be tagged is the runtime's.
fn is_of_memory(arn: &str) -> bool {
    arn.splitn(6, ':').last().is_some_and(|resource| resource.starts_with("memory/"))
}
