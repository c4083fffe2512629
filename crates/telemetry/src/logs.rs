//! What the process says while it runs, on standard error.

use std::env;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

/// Logs cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `FREEHOLD_LOG` is not a filter.
    #[error("FREEHOLD_LOG is no log filter such as info or warn,runtime=debug: {0}")]
    Filter(String),
    /// Somebody else in the process has set up logging already.
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
}

/// The S3 library logs every client's mistake as an error of ours.
const DEFAULT: &str = "info,s3s=off";

/// Writes logs to standard error: what `FREEHOLD_LOG` asks for (`info` unless set), as JSON lines if
/// `FREEHOLD_LOG_FORMAT` is `json`.
pub fn start_logs() -> Result<(), LogError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let wanted = env::var("FREEHOLD_LOG").unwrap_or_else(|_| DEFAULT.to_owned());
    let filter = EnvFilter::try_new(&wanted).map_err(|error| LogError::Filter(error.to_string()))?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    if env::var("FREEHOLD_LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.json().finish().try_init()?;
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).finish().try_init()?;
    }
    Ok(())
}
