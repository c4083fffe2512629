use proptest::prelude::*;

use super::*;

const PAGES: usize = 16;

/// A small memory of pages that are each filled with one value.
#[derive(Clone, Debug, PartialEq)]
struct Memory([u8; PAGES]);

impl Below for Memory {
    fn holds(&mut self, offset: u64, content: Option<&[u8]>) -> io::Result<bool> {
        let value = self.0[usize::try_from(offset).unwrap() / PAGE];
        Ok(content.map_or(value == 0, |content| content.iter().all(|byte| *byte == value)))
    }
}

#[derive(Clone, Debug)]
enum Record {
    Memory {
        page: usize,
        value: u8,
    },
    Rom {
        page: usize,
        value: u8,
    },
    /// Ends a part of the section and begins another.
    Part,
}

fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        8 => (0..PAGES, 0..3_u8).prop_map(|(page, value)| Record::Memory { page, value }),
        2 => (0..4_usize, 0..3_u8).prop_map(|(page, value)| Record::Rom { page, value }),
        1 => Just(Record::Part),
    ]
}

/// What QEMU would write.
fn stream(records: &[Record], addresses: bool, devices: &[u8]) -> Vec<u8> {
    let name = |text: &[u8]| [&[u8::try_from(text.len()).unwrap()], text].concat();
    let mut bytes = [&MAGIC.to_be_bytes()[..], &VERSION.to_be_bytes(), &[CONFIGURATION]].concat();
    bytes.extend(7_u32.to_be_bytes());
    bytes.extend(b"microvm");
    if addresses {
        bytes.push(SUBSECTION);
        bytes.extend(name(CAPABILITIES));
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 1]);
        bytes.extend(name(ADDRESSES));
    }
    bytes.extend([SECTION_START, 0, 0, 0, 2]);
    bytes.extend(name(MEMORY));
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 4]);
    let (size, rom) = ((PAGES * PAGE) as u64, 4 * PAGE as u64);
    bytes.extend(((size + rom) | MEMORY_SIZE).to_be_bytes());
    for (block, length) in [(MEMORY, size), (b"rom", rom)] {
        bytes.extend(name(block));
        bytes.extend(length.to_be_bytes());
        bytes.extend(vec![0; if addresses { 8 } else { 0 }]);
    }
    let end = |bytes: &mut Vec<u8>| {
        bytes.extend(END_OF_RECORDS.to_be_bytes());
        bytes.extend([FOOTER, 0, 0, 0, 2]);
    };
    let mut last: &[u8] = b"";
    for record in records {
        let (block, page, value) = match record {
            Record::Memory { page, value } => (MEMORY, *page, *value),
            Record::Rom { page, value } => (&b"rom"[..], *page, *value),
            Record::Part => {
                end(&mut bytes);
                bytes.extend([SECTION_PART, 0, 0, 0, 2]);
                continue;
            }
        };
        let flags = if value == 0 { ZERO } else { WHOLE } | if block == last { CONTINUE } else { 0 };
        bytes.extend(((page * PAGE) as u64 | flags).to_be_bytes());
        if block != last {
            bytes.extend(name(block));
            last = block;
        }
        bytes.extend(vec![value; if value == 0 { 1 } else { PAGE }]);
    }
    end(&mut bytes);
    bytes.extend([SECTION_END, 0, 0, 0, 2]);
    end(&mut bytes);
    bytes.extend(devices);
    bytes
}

fn thin(below: Memory, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, Thinned), ThinError> {
    let mut thinner = Thinner::new(below, (PAGES * PAGE) as u64);
    let mut out = Vec::new();
    for part in bytes.chunks(piece) {
        thinner.push(part, &mut out)?;
    }
    thinner.finish().map(|thinned| (out, thinned))
}

/// What is left of the records when every page of the memory that `below` has is left out, unless another content of
/// it went before.
fn left(records: &[Record], below: &Memory) -> Vec<Record> {
    let mut changed = [false; PAGES];
    let mut is_left = |record: &Record| match record {
        Record::Memory { page, value } => {
            changed[*page] |= below.0[*page] != *value;
            changed[*page]
        }
        Record::Rom { .. } | Record::Part => true,
    };
    records.iter().filter(|record| is_left(record)).cloned().collect()
}

/// The memory once the records have been read over what it was.
fn loaded(records: &[Record], mut memory: Memory) -> Memory {
    for record in records {
        if let Record::Memory { page, value } = record {
            memory.0[*page] = *value;
        }
    }
    memory
}

proptest! {
    #[test]
    fn a_thinned_stream_is_the_stream_of_the_pages_that_differ(
        records in prop::collection::vec(any_record(), 0..40),
        below in prop::array::uniform16(0..3_u8),
        devices in prop::collection::vec(any::<u8>(), 0..30),
        addresses in any::<bool>(),
        piece in 1..9000_usize,
    ) {
        let below = Memory(below);
        let (out, thinned) = thin(below.clone(), &stream(&records, addresses, &devices), piece).unwrap();
        let left = left(&records, &below);
        prop_assert_eq!(out, stream(&left, addresses, &devices));
        // In whatever memory the machine is, it ends the same.
        prop_assert_eq!(loaded(&left, below.clone()), loaded(&records, below));
        let pages = records.iter().filter(|record| matches!(record, Record::Memory { .. })).count();
        prop_assert_eq!(thinned.kept + thinned.dropped, pages as u64);
    }

    #[test]
    fn a_stream_that_breaks_off_before_its_devices_is_refused(
        records in prop::collection::vec(any_record(), 0..10),
        cut in any::<prop::sample::Index>(),
        piece in 1..9000_usize,
    ) {
        let whole = stream(&records, true, b"");
        let cut = &whole[..cut.index(whole.len())];
        prop_assert!(matches!(thin(Memory([0; PAGES]), cut, piece), Err(ThinError::Truncated)));
    }

    #[test]
    fn hostile_bytes_are_refused_or_passed_but_never_panic(
        records in prop::collection::vec(any_record(), 0..10),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        piece in 1..9000_usize,
    ) {
        let mut bytes = stream(&records, true, b"devices");
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        // In whatever pieces it comes, the outcome is the same.
        let (one, other) = (thin(Memory([1; PAGES]), &bytes, piece), thin(Memory([1; PAGES]), &bytes, 1 << 20));
        prop_assert_eq!(one.ok(), other.ok());
    }
}

#[track_caller]
fn refused(bytes: &[u8], because: &str) {
    let error = thin(Memory([0; PAGES]), bytes, 1000).unwrap_err();
    assert!(error.to_string().contains(because), "{error}");
}

#[test]
fn what_is_not_understood_is_refused() {
    let good = stream(&[Record::Memory { page: 3, value: 1 }], true, b"devices");
    let at = |what: &[u8]| good.windows(what.len()).position(|window| window == what).unwrap();
    let with = |place: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[place..place + bytes.len()].copy_from_slice(bytes);
        changed
    };
    refused(&with(7, &[4]), "format or version");
    refused(&with(8, &[9]), "configuration");
    let word = |page: usize, flags: u64| ((page * PAGE) as u64 | flags).to_be_bytes();
    let page = at(&word(3, WHOLE));
    refused(&with(page, &word(3, 0x40)), "kind of page");
    refused(&with(page, &word(3, WHOLE | CONTINUE)), "no block");
    refused(&with(page, &word(PAGES, WHOLE)), "beyond the memory's end");
    let size = at(&((PAGES * PAGE) as u64).to_be_bytes());
    refused(&with(size, &(PAGE as u64).to_be_bytes()), "as large as the template's");
    refused(&with(at(&[SECTION_END, 0, 0, 0, 2]), &[4]), "kind of section");
    refused(&with(at(&[FOOTER, 0, 0, 0, 2]), &[1]), "footer");
}
