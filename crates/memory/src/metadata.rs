//! What records and events can be filtered by.
