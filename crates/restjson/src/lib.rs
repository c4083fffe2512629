//! The hand-written runtime for AWS's rest-json protocol.
