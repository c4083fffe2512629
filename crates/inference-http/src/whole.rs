//! An answer in one piece, for servers that do not stream.

use std::collections::VecDeque;

use inference::ModelError;

use crate::decode::Framing;
use crate::sse::Event;

/// Makes one event of a whole body. Whoever reads the body limits it.
#[derive(Debug, Default)]
pub struct Whole {
    body: Vec<u8>,
}

impl Whole {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Framing for Whole {
    type Frame = Event;

    fn push(&mut self, bytes: &[u8], _frames: &mut VecDeque<Event>) -> Result<(), ModelError> {
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, frames: &mut VecDeque<Event>) -> Result<(), ModelError> {
        let data = String::from_utf8_lossy(&self.body).into_owned();
        self.body = Vec::new();
        frames.push_back(Event { name: String::new(), data });
        Ok(())
    }
}
