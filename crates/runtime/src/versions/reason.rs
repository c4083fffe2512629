//! Why a version could not be built, in words for its owner.

use std::error::Error;

use sandbox::{LogLine, SandboxError};

/// How many of the program's last lines a reason quotes.
const QUOTED_LINES: usize = 20;
/// How many characters of one line.
const LONGEST_LINE: usize = 1_000;
/// How many characters of all of them.
const QUOTED: usize = 3_000;
/// A reason's length in characters at most.
const LONGEST: usize = 4_000;

/// A `failureReason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason(String);

impl Reason {
    /// The user's own code or archive is at fault.
    pub(crate) fn text(text: String) -> Self {
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => Self(text[..end].to_owned()),
            None => Self(text),
        }
    }

    /// The archive cannot be used.
    pub(crate) fn code(error: &impl Error) -> Self {
        Self::text(format!("The code archive cannot be used: {error}."))
    }

    /// We are at fault. The log says how, the owner is told that it was not their code.
    pub(crate) fn engine(error: impl Error + 'static) -> Self {
        tracing::error!(error = &error as &dyn Error, "a version could not be built");
        Self("The server failed to build this version; its log says why. Update the agent runtime to try again.".to_owned())
    }

    /// The sandbox says.
    pub(crate) fn sandbox(error: &SandboxError) -> Self {
        Self::text(match error {
            SandboxError::ProgramFailed { ending, log } => {
                format!("The agent ended before it answered /ping ({}).{}", describe(ending), quote(log))
            }
            SandboxError::NotReady { within, last_probe, log } => format!(
                "Runtime initialization time exceeded. Please make sure that initialization completes in {} s. The \
                 last /ping: {last_probe}.{}",
                within.as_secs(),
                quote(log)
            ),
            SandboxError::WarmupFailed { reason, log } => {
                format!("The agent's warm-up failed. {reason}.{}", quote(log))
            }
            SandboxError::NotInstalled(what) => format!("This server cannot start sandboxes: {what}"),
            SandboxError::DiskFull => {
                "The server's disk is full. Make room, then update the agent runtime to try again.".to_owned()
            }
            other => return Self::engine_text(other),
        })
    }

    fn engine_text(error: &SandboxError) -> Self {
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, source, "a version could not be built");
        Self::text(format!(
            "The server failed to build this version: {error}. Update the agent runtime to try again."
        ))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

pub(crate) fn describe(ending: &sandbox::Ending) -> String {
    match ending {
        sandbox::Ending::Stopped => "it was stopped".to_owned(),
        sandbox::Ending::Suspended => "it was suspended".to_owned(),
        sandbox::Ending::ProgramEnded { code: Some(code), .. } => format!("exit code {code}"),
        sandbox::Ending::ProgramEnded { signal: Some(signal), .. } => format!("signal {signal}"),
        sandbox::Ending::ProgramEnded { .. } => "its process ended".to_owned(),
        sandbox::Ending::TimedOut => "its time was up".to_owned(),
        sandbox::Ending::Failed { reason } => format!("its sandbox failed: {reason}"),
    }
}

/// The program's last lines, below a heading; nothing if it wrote nothing.
pub(crate) fn quote(log: &[LogLine]) -> String {
    let mut room = QUOTED;
    let fits = log.iter().rev().take(QUOTED_LINES).map(|line| line.text.chars().take(LONGEST_LINE).collect());
    // What a program says last says most: long lines push out those before them, never those after.
    let mut last: Vec<String> = fits
        .take_while(|line: &String| {
            let rest = room.checked_sub(line.chars().count());
            room = rest.unwrap_or(0);
            rest.is_some()
        })
        .collect();
    last.reverse();
    let lines: String = last.iter().map(|line| format!("\n  {line}")).collect();
    if lines.is_empty() { " It wrote nothing.".to_owned() } else { format!(" Its last lines:{lines}") }
}

#[cfg(test)]
mod tests {
    use sandbox::{Ending, LogSource};
    use stdx::Timestamp;

    use super::*;

    #[test]
    fn the_reason_quotes_the_last_lines() {
        let line = |number: usize| LogLine {
            at: Timestamp::default(),
            source: LogSource::Stderr,
            text: format!("line {number}"),
        };
        let error = SandboxError::ProgramFailed {
            ending: Ending::ProgramEnded { code: Some(3), signal: None },
            log: (0..30).map(line).collect(),
        };
        let text = Reason::sandbox(&error).into_text();
        assert!(text.contains("exit code 3") && text.ends_with("line 29"), "{text}");
        assert!(!text.contains("line 9\n"), "{text}");
    }

    #[test]
    fn a_failed_warm_up_is_told_with_what_the_program_said() {
        let line = LogLine {
            at: Timestamp::default(),
            source: LogSource::Stderr,
            text: "model.bin is missing".to_owned(),
        };
        let reason = "POST /warm: status 500 and cannot load".to_owned();
        let text = Reason::sandbox(&SandboxError::WarmupFailed { reason, log: vec![line] }).into_text();
        let expected = "The agent's warm-up failed. POST /warm: status 500 and cannot load. Its last lines:\n  \
                        model.bin is missing";
        assert_eq!(text, expected);
    }

    #[test]
    fn long_lines_do_not_push_out_the_last_one() {
        let line = |text: String| LogLine { at: Timestamp::default(), source: LogSource::Stderr, text };
        let mut log: Vec<_> = (0..20).map(|_| line("é".repeat(5_000))).collect();
        log.push(line("KeyError: 'model'".to_owned()));
        let text =
            Reason::sandbox(&SandboxError::ProgramFailed { ending: Ending::TimedOut, log }).into_text();
        assert!(text.ends_with("KeyError: 'model'") && text.chars().count() < LONGEST, "{text}");
    }
}
