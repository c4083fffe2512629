//! Pages: one more row is read than is shown, and tells whether there is another page.

use fault::Result;
use restjson::{Call, PageTokens};

/// Rows on a page unless the caller says otherwise.
const DEFAULT: usize = 10;

/// A page that is asked for.
pub(crate) struct Page {
    /// The position after which it begins.
    pub(crate) after: Option<String>,
    size: usize,
}

impl Page {
    /// Reads the members that every listing has.
    pub(crate) fn read(
        pages: &PageTokens,
        call: &Call,
        size: Option<i32>,
        token: Option<&str>,
    ) -> Result<Self> {
        let after = token.map(|token| pages.open(call, token)).transpose()?;
        let size = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(DEFAULT);
        Ok(Self { after, size })
    }

    /// How many rows to read.
    pub(crate) fn reach(&self) -> usize {
        self.size + 1
    }

    /// Cuts the rows to the page, and makes the token for the next one if there is one.
    pub(crate) fn cut<T>(
        &self,
        pages: &PageTokens,
        call: &Call,
        rows: &mut Vec<T>,
        position: impl Fn(&T) -> String,
    ) -> Option<String> {
        if rows.len() <= self.size {
            return None;
        }
        rows.truncate(self.size);
        rows.last().map(|last| pages.seal(call, &position(last)))
    }
}
