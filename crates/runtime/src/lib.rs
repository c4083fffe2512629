//! The Runtime service: agents, versions, endpoints, sessions.
