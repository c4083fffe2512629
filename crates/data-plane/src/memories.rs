//! Memories: events, and what is learned from them.

mod create_event;
mod delete_event;
mod event;
mod get_event;
mod list_actors;
mod list_events;
mod list_sessions;
mod page;
mod place;
