//! Thins the stream in which QEMU writes a machine's state: pages that the template's memory holds already are
//! dropped, whatever else there is passes unchanged.
//!
//! ```text
//! header ─▶ configuration ─▶ section "ram": start ─▶ part … ─▶ end ─▶ devices, as they are
//!                                 │
//!                                 └ records: a big-endian word, an address with flags in its low 12 bits,
//!                                   then the block's name unless it is that of the page before, then the page
//! ```
//!
//! Since a page may lean on the one before it for its name, names are told anew wherever a dropped page told them.
//! A page may come more than once, if the machine runs on while the first pages are written: once it has been kept,
//! it is kept each time, or it would go back to what it was first. Only the main memory is thinned, only what is
//! understood is passed, and nothing is held back but the beginning of a record whose end has not come: the stream may
//! be cut into pieces anywhere.
//!
//! The format is the one of QEMU 7.2, without the features that have to be asked for (compression, several streams,
//! postcopy).

mod reader;

use std::io::{self, Write};

use reader::Reader;

/// Bytes in a page.
pub const PAGE: usize = 4096;

const MAGIC: u32 = 0x5145_564d;
const VERSION: u32 = 3;
const CONFIGURATION: u8 = 0x07;
const SUBSECTION: u8 = 0x05;
const SECTION_START: u8 = 0x01;
const SECTION_PART: u8 = 0x02;
const SECTION_END: u8 = 0x03;
const FOOTER: u8 = 0x7e;

const FLAGS: u64 = 0xfff;
const ZERO: u64 = 0x02;
const MEMORY_SIZE: u64 = 0x04;
const WHOLE: u64 = 0x08;
const END_OF_RECORDS: u64 = 0x10;
const CONTINUE: u64 = 0x20;

const CAPABILITIES: &[u8] = b"configuration/capabilities";
/// With this capability each block's address follows its length.
const ADDRESSES: &[u8] = b"x-ignore-shared";
const MEMORY: &[u8] = b"ram";
const MEMORY_VERSION: u32 = 4;

/// No element is longer: a word, a name with its length, a page.
const LONGEST: usize = 8 + 1 + 255 + PAGE;

/// The memory that the stream is compared with.
pub trait Below {
    /// Whether the page at this offset has just this content, `None` being zeros.
    fn holds(&mut self, offset: u64, content: Option<&[u8]>) -> io::Result<bool>;
}

/// Why a stream cannot be thinned.
#[derive(Debug, thiserror::Error)]
pub enum ThinError {
    /// It is not what is understood here.
    #[error("the machine's state is not as expected: {0}")]
    Strange(&'static str),
    /// It ended too early.
    #[error("the machine's state broke off")]
    Truncated,
    /// Reading the memory below or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What was done to the pages of the main memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thinned {
    /// Pages that differ.
    pub kept: u64,
    /// Pages that the template has.
    pub dropped: u64,
}

/// Thins one stream.
pub struct Thinner<B> {
    below: B,
    /// Length of the main memory, which is the block of the name [`MEMORY`].
    size: u64,
    phase: Phase,
    /// Whether blocks are told with their addresses.
    addresses: bool,
    section: u32,
    /// The beginning of an element.
    pending: Vec<u8>,
    /// The block of the last page that came, and of the last that went.
    block_in: Vec<u8>,
    block_out: Vec<u8>,
    /// For each page of the main memory, whether it was kept.
    kept: Vec<bool>,
    thinned: Thinned,
}

/// What comes next.
#[derive(Clone, Copy)]
enum Phase {
    Header,
    Configuration,
    Capabilities { left: u32 },
    Section,
    Records { last: bool },
    Blocks { left: u64, last: bool },
    Footer { last: bool },
    Devices,
}

impl<B: Below> Thinner<B> {
    /// Thins against `below`, a main memory of `size` bytes.
    pub fn new(below: B, size: u64) -> Self {
        Self {
            below,
            size,
            phase: Phase::Header,
            addresses: false,
            section: 0,
            pending: Vec::new(),
            block_in: Vec::new(),
            block_out: Vec::new(),
            kept: Vec::new(),
            thinned: Thinned::default(),
        }
    }

    /// Takes the next bytes and writes what is to be kept.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut impl Write) -> Result<(), ThinError> {
        if !self.pending.is_empty() {
            let (held, more) = (self.pending.len(), bytes.len().min(LONGEST));
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(&bytes[..more]);
            let taken = self.elements(&pending, out)?;
            if taken < held {
                self.pending = pending;
                return Ok(());
            }
            bytes = &bytes[taken - held..];
        }
        let taken = self.elements(bytes, out)?;
        self.pending.extend_from_slice(&bytes[taken..]);
        Ok(())
    }

    /// The stream has ended.
    pub fn finish(self) -> Result<Thinned, ThinError> {
        match self.phase {
            Phase::Devices => Ok(self.thinned),
            _ => Err(ThinError::Truncated),
        }
    }

    /// Takes whole elements, as many as there are; says how many bytes they were.
    fn elements(&mut self, bytes: &[u8], out: &mut impl Write) -> Result<usize, ThinError> {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            if matches!(self.phase, Phase::Devices) {
                out.write_all(rest)?;
                return Ok(bytes.len());
            }
            match self.element(rest, out)? {
                Some(length) => taken += length,
                None => return Ok(taken),
            }
        }
    }

    /// Takes one element, if all of it is here; says its length.
    fn element(&mut self, bytes: &[u8], out: &mut impl Write) -> Result<Option<usize>, ThinError> {
        let mut reader = Reader::new(bytes);
        let next = match self.phase {
            Phase::Header => header(&mut reader)?,
            Phase::Configuration => configuration(&mut reader)?,
            Phase::Capabilities { left } => self.capability(&mut reader, left),
            Phase::Section => self.section(&mut reader)?,
            Phase::Records { last } => return self.record(&mut reader, last, out),
            Phase::Blocks { left, last } => self.block(&mut reader, left, last)?,
            Phase::Footer { last } => self.footer(&mut reader, last)?,
            Phase::Devices => unreachable!("devices have no elements"),
        };
        let Some(next) = next else { return Ok(None) };
        self.phase = next;
        out.write_all(&bytes[..reader.taken()])?;
        Ok(Some(reader.taken()))
    }

    fn capability(&mut self, reader: &mut Reader<'_>, left: u32) -> Option<Phase> {
        let name = reader.name()?;
        self.addresses |= name == ADDRESSES;
        Some(if left > 1 { Phase::Capabilities { left: left - 1 } } else { Phase::Section })
    }

    fn section(&mut self, reader: &mut Reader<'_>) -> Result<Option<Phase>, ThinError> {
        let Some(kind) = reader.byte() else { return Ok(None) };
        match kind {
            SUBSECTION => subsection(reader),
            SECTION_START => {
                let (Some(id), Some(name)) = (reader.word(), reader.name()) else { return Ok(None) };
                let (Some(_), Some(version)) = (reader.word(), reader.word()) else { return Ok(None) };
                if name != MEMORY || version != MEMORY_VERSION {
                    return Err(ThinError::Strange("a section other than the memory's is written in parts"));
                }
                self.section = id;
                Ok(Some(Phase::Records { last: false }))
            }
            SECTION_PART | SECTION_END => match reader.word() {
                None => Ok(None),
                Some(id) if id == self.section => Ok(Some(Phase::Records { last: kind == SECTION_END })),
                Some(_) => Err(ThinError::Strange("a part of an unknown section")),
            },
            _ => Err(ThinError::Strange("an unknown kind of section before the memory's end")),
        }
    }

    fn footer(&self, reader: &mut Reader<'_>, last: bool) -> Result<Option<Phase>, ThinError> {
        let (Some(kind), Some(id)) = (reader.byte(), reader.word()) else { return Ok(None) };
        if (kind, id) != (FOOTER, self.section) {
            return Err(ThinError::Strange("a section without its footer"));
        }
        Ok(Some(if last { Phase::Devices } else { Phase::Section }))
    }

    /// One block of memory in the list of all.
    fn block(&self, reader: &mut Reader<'_>, left: u64, last: bool) -> Result<Option<Phase>, ThinError> {
        let (Some(name), Some(length)) = (reader.name(), reader.long()) else { return Ok(None) };
        if self.addresses && reader.long().is_none() {
            return Ok(None);
        }
        if name == MEMORY && length != self.size {
            return Err(ThinError::Strange("the memory is not as large as the template's"));
        }
        match left.checked_sub(length) {
            Some(0) => Ok(Some(Phase::Records { last })),
            Some(left) => Ok(Some(Phase::Blocks { left, last })),
            None => Err(ThinError::Strange("the memory's blocks are longer than told")),
        }
    }

    fn record(
        &mut self,
        reader: &mut Reader<'_>,
        last: bool,
        out: &mut impl Write,
    ) -> Result<Option<usize>, ThinError> {
        let Some(word) = reader.long() else { return Ok(None) };
        let (address, flags) = (word & !FLAGS, word & FLAGS);
        match flags {
            MEMORY_SIZE if address > 0 => self.phase = Phase::Blocks { left: address, last },
            END_OF_RECORDS => self.phase = Phase::Footer { last },
            _ => return self.page(reader, address, flags, out),
        }
        out.write_all(&word.to_be_bytes())?;
        Ok(Some(reader.taken()))
    }

    fn page(
        &mut self,
        reader: &mut Reader<'_>,
        address: u64,
        flags: u64,
        out: &mut impl Write,
    ) -> Result<Option<usize>, ThinError> {
        let name = match flags & CONTINUE {
            0 => reader.name().map(Some),
            _ => Some(None),
        };
        let Some(name) = name else { return Ok(None) };
        let kind = flags & !CONTINUE;
        let body = match kind {
            ZERO => reader.bytes(1),
            WHOLE => reader.bytes(PAGE),
            _ => return Err(ThinError::Strange("an unknown kind of page")),
        };
        let Some(body) = body else { return Ok(None) };
        if let Some(name) = name
            && name != self.block_in
        {
            name.clone_into(&mut self.block_in);
        }
        if self.block_in.is_empty() {
            return Err(ThinError::Strange("a page of no block"));
        }
        if kind == ZERO && body != [0] {
            return Err(ThinError::Strange("a page of one value other than zero"));
        }
        if !self.is_below(address, (kind == WHOLE).then_some(body))? {
            self.write_page(address | kind, body, out)?;
        }
        Ok(Some(reader.taken()))
    }

    /// Whether the page that came last can be left out.
    fn is_below(&mut self, address: u64, content: Option<&[u8]>) -> Result<bool, ThinError> {
        if self.block_in != MEMORY {
            return Ok(false);
        }
        if self.size.checked_sub(address).is_none_or(|left| left < PAGE as u64) {
            return Err(ThinError::Strange("a page beyond the memory's end"));
        }
        let page = usize::try_from(address).map_or(usize::MAX, |address| address / PAGE);
        let below = !self.kept.get(page).is_some_and(|kept| *kept) && self.below.holds(address, content)?;
        if !below {
            // Grows with the pages, not with a size that somebody tells.
            self.kept.resize(self.kept.len().max(page + 1), false);
            self.kept[page] = true;
        }
        self.thinned.dropped += u64::from(below);
        self.thinned.kept += u64::from(!below);
        Ok(below)
    }

    fn write_page(&mut self, word: u64, body: &[u8], out: &mut impl Write) -> io::Result<()> {
        if self.block_in == self.block_out {
            out.write_all(&(word | CONTINUE).to_be_bytes())?;
        } else {
            let length = u8::try_from(self.block_in.len()).expect("it was read with a length of one byte");
            out.write_all(&word.to_be_bytes())?;
            out.write_all(&[length])?;
            out.write_all(&self.block_in)?;
            self.block_in.clone_into(&mut self.block_out);
        }
        out.write_all(body)
    }
}

fn header(reader: &mut Reader<'_>) -> Result<Option<Phase>, ThinError> {
    match (reader.word(), reader.word()) {
        (Some(MAGIC), Some(VERSION)) => Ok(Some(Phase::Configuration)),
        (_, None) => Ok(None),
        _ => Err(ThinError::Strange("another format or version")),
    }
}

/// The machine's type, of which nothing is to be known here.
fn configuration(reader: &mut Reader<'_>) -> Result<Option<Phase>, ThinError> {
    match reader.byte() {
        None => return Ok(None),
        Some(CONFIGURATION) => {}
        Some(_) => return Err(ThinError::Strange("no configuration")),
    }
    let Some(length) = reader.word() else { return Ok(None) };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > 255 {
        return Err(ThinError::Strange("a machine's type with a name without end"));
    }
    Ok(reader.bytes(length).map(|_| Phase::Section))
}

fn subsection(reader: &mut Reader<'_>) -> Result<Option<Phase>, ThinError> {
    let (Some(name), Some(_), Some(count)) = (reader.name(), reader.word(), reader.word()) else {
        return Ok(None);
    };
    match (name, count) {
        (CAPABILITIES, 0) => Ok(Some(Phase::Section)),
        (CAPABILITIES, left) => Ok(Some(Phase::Capabilities { left })),
        _ => Err(ThinError::Strange("an unknown part of the configuration")),
    }
}

#[cfg(test)]
mod tests;
