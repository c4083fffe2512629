//! PDFs, page by page.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, Error, PlainTextOutput, output_doc_page};

use crate::passages::Passages;
use crate::{Format, Limits, ReadError, text as plain};

/// Reads the text of each page. Pages that cannot be read are passed over, unless that is all of them.
pub(crate) fn read(bytes: &[u8], limits: &Limits, passages: &mut Passages) -> Result<(), ReadError> {
    let damaged = ReadError::Damaged(Format::Pdf);
    let document = open(bytes)?;
    let pages = guarded(|| document.get_pages()).ok_or_else(|| damaged.clone())?;
    if pages.len() > limits.pages {
        return Err(ReadError::TooManyPages { most: limits.pages });
    }
    let mut readable = false;
    for page in pages.keys() {
        let mut gathered = Gathered { text: Vec::new(), most: limits.text };
        let read = guarded(|| {
            let mut output = PlainTextOutput::new(&mut gathered as &mut dyn io::Write);
            output_doc_page(&document, &mut output, *page).is_ok()
        });
        // A page that breaks off is read up to there.
        let text = String::from_utf8_lossy(&gathered.text);
        readable |= read == Some(true) || !text.trim().is_empty();
        passages.heading(1, &format!("Page {page}"));
        plain::read(&text, passages);
        if passages.is_full() {
            break;
        }
    }
    if readable { Ok(()) } else { Err(damaged) }
}

/// What is encrypted for anybody to read is read; a password is nothing that we have.
fn open(bytes: &[u8]) -> Result<Document, ReadError> {
    match guarded(|| Document::load_mem(bytes)) {
        Some(Ok(document)) if document.is_encrypted() => Err(ReadError::Encrypted),
        Some(Ok(document)) => Ok(document),
        Some(Err(Error::Decryption(_) | Error::InvalidPassword | Error::UnsupportedSecurityHandler(_))) => {
            Err(ReadError::Encrypted)
        }
        Some(Err(_)) | None => Err(ReadError::Damaged(Format::Pdf)),
    }
}

/// The library asserts what PDFs ought to be like. What it was at work on is not used after a panic, or only read.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// A page's text, up to a limit: after it the library is told that writing failed.
struct Gathered {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() > self.most {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
