//! The last words of a machine: what QEMU and the guest's serial console wrote, bounded.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt};

const KEPT: usize = 16 << 10;
const LINES_QUOTED: usize = 6;

/// The end of what was written; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Console(Arc<Mutex<Vec<u8>>>);

impl Console {
    /// Reads until the end.
    pub(crate) async fn follow(self, mut source: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(count) = source.read(&mut buffer).await {
            if count == 0 {
                return;
            }
            self.push(&buffer[..count]);
        }
    }

    fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().expect("no holder of the console's lock panics");
        kept.extend_from_slice(bytes);
        if kept.len() > 2 * KEPT {
            let excess = kept.len() - KEPT;
            kept.drain(..excess);
        }
    }

    /// The last lines, in one.
    pub(crate) fn last_words(&self) -> String {
        let kept = self.0.lock().expect("no holder of the console's lock panics");
        let text = String::from_utf8_lossy(&kept);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // What a panicking kernel prints behind its reason explains nothing.
        let panic = lines.iter().position(|line| line.contains("Kernel panic"));
        let end = panic.map_or(lines.len(), |index| index + 1);
        lines[end.saturating_sub(LINES_QUOTED)..end].join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_end_is_kept() {
        let console = Console::default();
        let text = (0..9000).map(|number| format!("line {number}\r\n")).collect::<String>();
        console.clone().follow(text.as_bytes()).await;
        assert!(console.last_words().ends_with("| line 8998 | line 8999"));
        assert!(console.0.lock().unwrap().len() <= 2 * KEPT);
    }
}
