//! Memories: events, and what is learned from them.

mod batch_create_records;
mod batch_delete_records;
mod batch_update_records;
mod create_event;
mod delete_event;
mod delete_record;
mod event;
mod get_event;
mod get_record;
mod ingest_data;
mod list_actors;
mod list_events;
mod list_extraction_jobs;
mod list_records;
mod list_sessions;
mod page;
mod place;
mod record;
mod retrieve_records;
mod start_extraction_job;
