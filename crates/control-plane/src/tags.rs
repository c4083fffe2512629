//! Tags of any resource that has some; today those are the Runtime service's.

mod list;
mod tag;
mod untag;

/// Whether an ARN names a memory; everything else that can be tagged is the runtime's.
fn is_of_memory(arn: &str) -> bool {
    arn.splitn(6, ':').last().is_some_and(|resource| resource.starts_with("memory/"))
}
