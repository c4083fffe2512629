//! Logs, spans and the metrics page.
