//! Who is told of each call that is over.

use crate::usage::record::CallRecord;

/// Who is told of each call that is over: the metrics page.
pub trait Observer: Send + Sync + 'static {
    /// This call is over; `system` is what the conventions for spans and metrics call the provider's kind. Called where the
    /// call ends, so it must not wait.
    fn call(&self, record: &CallRecord, system: &str);
}

/// Nobody.
pub struct Unobserved;

impl Observer for Unobserved {
    fn call(&self, _: &CallRecord, _: &str) {}
}
