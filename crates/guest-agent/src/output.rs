//! What the program writes: the last lines, kept within bounds, for any number of readers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use guest_protocol::control::OutputLine;
use stdx::{Clock, SystemClock};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A line is cut here.
const MAX_LINE: usize = 16 * 1024;
/// Lines kept.
const MAX_LINES: usize = 4096;
/// Bytes of text kept.
const MAX_BYTES: usize = 1 << 20;
/// A line without an end is passed on after this pause: a prompt, or dots that mean progress.
const PATIENCE: Duration = Duration::from_millis(200);
/// What children of a program that has ended still write is not waited for longer than this.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The lines. Clones share them.
#[derive(Clone)]
pub(crate) struct Output {
    lines: Arc<Mutex<Lines>>,
    written: watch::Sender<Written>,
}

/// How far the output has come.
#[derive(Clone, Copy, Default)]
struct Written {
    /// Number of the next line, counted from the first ever written.
    next: u64,
    /// Whether the program has ended, and all that it wrote is here.
    over: bool,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<OutputLine>,
    bytes: usize,
    /// Number of the next line, counted from the first ever written.
    next: u64,
}

impl Output {
    /// No lines yet.
    pub(crate) fn new() -> Self {
        Self { lines: Arc::default(), written: watch::Sender::new(Written::default()) }
    }

    /// Adds a line, and drops the oldest when there are too many.
    pub(crate) fn push(&self, source: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(&text[..text.len().min(MAX_LINE)]).into_owned();
        let at_ms = u64::try_from(SystemClock.now().as_millis()).unwrap_or(0);
        let line = OutputLine { at_ms, source: source.to_owned(), text };
        let next = {
            let mut lines = self.lock();
            lines.bytes += line.text.len();
            lines.kept.push_back(line);
            lines.next += 1;
            while lines.kept.len() > MAX_LINES || lines.bytes > MAX_BYTES {
                let dropped = lines.kept.pop_front().map_or(0, |line| line.text.len());
                lines.bytes -= dropped;
            }
            lines.next
        };
        self.written.send_modify(|written| written.next = next);
    }

    /// Lets readers come to an end, once the program has ended and these have read what it wrote.
    pub(crate) async fn finish(self, ended: impl Future, reading: [JoinHandle<()>; 2]) {
        ended.await;
        let read = async {
            for stream in reading {
                let _ = stream.await;
            }
        };
        // A child that goes on writing holds nobody up: it is not the program.
        let _ = tokio::time::timeout(LAST_WORDS, read).await;
        self.written.send_modify(|written| written.over = true);
    }

    /// A reader that begins with the oldest line kept.
    pub(crate) fn reader(&self) -> Reader {
        Reader { output: self.clone(), written: self.written.subscribe(), next: 0 }
    }

    /// Reads lines from `stream` until it ends.
    pub(crate) async fn take_in(self, source: &'static str, mut stream: impl AsyncRead + Unpin) {
        let mut pending = Vec::with_capacity(4096);
        loop {
            let patience = if pending.is_empty() { Duration::MAX } else { PATIENCE };
            let read = tokio::time::timeout(patience, stream.read_buf(&mut pending)).await;
            match read {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(_)) => self.take_lines(source, &mut pending),
                Err(_) => self.push(source, &std::mem::take(&mut pending)),
            }
        }
        if !pending.is_empty() {
            self.push(source, &pending);
        }
    }

    /// Moves whole and over-long lines out of `pending`.
    fn take_lines(&self, source: &str, pending: &mut Vec<u8>) {
        let mut taken = 0;
        while let Some(end) = pending[taken..].iter().position(|byte| *byte == b'\n') {
            let line = &pending[taken..taken + end];
            self.push(source, line.strip_suffix(b"\r").unwrap_or(line));
            taken += end + 1;
        }
        while pending.len() - taken >= MAX_LINE {
            self.push(source, &pending[taken..taken + MAX_LINE]);
            taken += MAX_LINE;
        }
        pending.drain(..taken);
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().expect("no holder of the lines' lock panics")
    }
}

/// Reads the lines in order. Lines that were dropped before it came to them are left out.
pub(crate) struct Reader {
    output: Output,
    written: watch::Receiver<Written>,
    next: u64,
}

impl Reader {
    /// All lines that are there and were not read yet; waits for at least one. None is left once the output is over.
    pub(crate) async fn next(&mut self) -> Vec<OutputLine> {
        let next = self.next;
        let more = |written: &Written| written.next > next || written.over;
        let written = self.written.wait_for(more).await.map(|written| *written);
        let lines = self.output.lock();
        let kept = u64::try_from(lines.kept.len()).expect("a usize fits in a u64");
        let skipped = usize::try_from(next.saturating_sub(lines.next - kept)).unwrap_or(usize::MAX);
        self.next = lines.next;
        debug_assert!(written.is_ok(), "the output is held by this reader");
        lines.kept.iter().skip(skipped).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    fn texts(lines: &[OutputLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[tokio::test]
    async fn every_reader_sees_every_line_once() {
        let output = Output::new();
        let mut early = output.reader();
        output.push("stdout", b"one");
        assert_eq!(texts(&early.next().await), ["one"]);
        output.push("stderr", b"two");
        assert_eq!(texts(&early.next().await), ["two"]);
        assert_eq!(texts(&output.reader().next().await), ["one", "two"]);
    }

    #[tokio::test(start_paused = true)]
    async fn readers_end_with_the_program_even_when_its_children_write_on() {
        for child in [false, true] {
            let output = Output::new();
            let (mut writer, reader) = tokio::io::duplex(64);
            let nothing = tokio::spawn(output.clone().take_in("stderr", tokio::io::empty()));
            let reading = [tokio::spawn(output.clone().take_in("stdout", reader)), nothing];
            writer.write_all(b"last words\n").await.unwrap();
            let kept = child.then_some(writer);
            output.clone().finish(std::future::ready(()), reading).await;
            let mut late = output.reader();
            assert_eq!(texts(&late.next().await), ["last words"]);
            assert!(late.next().await.is_empty());
            drop(kept);
        }
    }

    #[tokio::test]
    async fn the_oldest_lines_go_first() {
        let output = Output::new();
        let mut reader = output.reader();
        for number in 0..MAX_LINES + 3 {
            output.push("stdout", number.to_string().as_bytes());
        }
        let lines = reader.next().await;
        assert_eq!((lines.len(), lines[0].text.as_str()), (MAX_LINES, "3"));
        for _ in 0..2 * MAX_BYTES / MAX_LINE {
            output.push("stdout", &[b'x'; 2 * MAX_LINE]);
        }
        assert_eq!(output.reader().next().await.len(), MAX_BYTES / MAX_LINE);
    }

    #[tokio::test]
    async fn lines_are_cut_at_their_ends_at_the_limit_and_at_the_end_of_the_stream() {
        let output = Output::new();
        let (mut writer, reader) = tokio::io::duplex(64 * 1024);
        let long = "y".repeat(MAX_LINE + 1);
        writer.write_all(format!("a\r\n\n{long}\nend").as_bytes()).await.unwrap();
        drop(writer);
        output.clone().take_in("stdout", reader).await;
        assert_eq!(texts(&output.reader().next().await), ["a", "", &long[1..], "y", "end"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_without_an_end_is_passed_on() {
        let output = Output::new();
        let (mut writer, reader) = tokio::io::duplex(64);
        let taking = tokio::spawn(output.clone().take_in("stdout", reader));
        writer.write_all(b"name? ").await.unwrap();
        let mut reader = output.reader();
        assert_eq!(texts(&reader.next().await), ["name? "]);
        writer.write_all(b"you\n").await.unwrap();
        assert_eq!(texts(&reader.next().await), ["you"]);
        drop(writer);
        taking.await.unwrap();
    }
}
