//! Short-term memory: events in sessions of actors.
