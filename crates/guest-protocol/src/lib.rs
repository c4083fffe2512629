//! What the host and the guest's first process say to each other.
