//! The last lines that a program wrote.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use guest_protocol::control::{self, OutputLine};
use sandbox::{LogLine, LogSource};
use stdx::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::guest::Guest;

const KEPT: usize = 1000;
/// A line of text is cut at 16 KiB by the guest; quoting can make it six times as long.
const LONGEST: usize = 128 << 10;

/// How long a program must have been silent for what it wrote to be here.
const SILENCE: Duration = Duration::from_millis(150);
/// What a program keeps writing is not waited for longer than this.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
/// How long the guest may take to hand over the last lines of a program that has ended.
const HAND_OVER: Duration = Duration::from_secs(5);

/// A bounded log.
#[derive(Default)]
pub(crate) struct Log {
    lines: Mutex<VecDeque<LogLine>>,
    grown: Notify,
    /// Whether the guest has told all that there was to tell.
    told: watch::Sender<bool>,
}

impl Log {
    /// The lines, oldest first.
    pub(crate) fn tail(&self) -> Vec<LogLine> {
        self.lines.lock().expect("no holder of a log's lock panics").iter().cloned().collect()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.lines.lock().expect("no holder of a log's lock panics").back().map(|line| line.at)
    }

    /// Whether the line is here, or so old that it was and has been dropped.
    fn has(&self, line: &LogLine) -> bool {
        let kept = self.lines.lock().expect("no holder of a log's lock panics");
        let dropped = kept.len() == KEPT && kept.front().is_some_and(|oldest| line.at < oldest.at);
        dropped || kept.contains(line)
    }

    fn push(&self, line: LogLine) {
        let mut kept = self.lines.lock().expect("no holder of a log's lock panics");
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(line);
        self.grown.notify_one();
    }

    /// Waits for the last lines of a program that has ended.
    pub(crate) async fn finish(&self) {
        // A guest that hangs is not waited for: what is here is all there will be.
        let _ = timeout(HAND_OVER, self.told.subscribe().wait_for(|told| *told)).await;
    }

    /// Waits until a program that goes on has been silent for a moment.
    pub(crate) async fn settle(&self) {
        let silence = async { while timeout(SILENCE, self.grown.notified()).await.is_ok() {} };
        let _ = timeout(LAST_OUTPUT, silence).await;
    }

    /// Takes in what the guest has to say until it has nothing more. It begins with the oldest line it has kept, which
    /// may have come already over an earlier connection.
    pub(crate) async fn follow(&self, guest: &Guest) {
        self.told.send_replace(false);
        self.take_in(guest).await;
        self.told.send_replace(true);
    }

    async fn take_in(&self, guest: &Guest) {
        let mut repeated = self.newest();
        let Ok(mut reply) = guest.control("GET", control::OUTPUT).await else { return };
        let mut pending = BytesMut::new();
        while let Some(Ok(chunk)) = reply.body.next().await {
            pending.extend_from_slice(&chunk);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line = pending.split_to(end);
                pending.advance(1);
                if let Ok(line) = serde_json::from_slice::<OutputLine>(&line) {
                    let line = understood(line);
                    repeated = repeated.filter(|newest| line.at <= *newest);
                    if repeated.is_none() || !self.has(&line) {
                        self.push(line);
                    }
                }
            }
            if pending.len() > LONGEST {
                return;
            }
        }
    }
}

fn understood(line: OutputLine) -> LogLine {
    let source = match line.source.as_str() {
        "stdout" => LogSource::Stdout,
        "stderr" => LogSource::Stderr,
        _ => LogSource::System,
    };
    let at = Timestamp::from_millis(i64::try_from(line.at_ms).unwrap_or(i64::MAX));
    LogLine { at, source, text: line.text }
}
