//! The guest's process 1 reads hellos from whatever the host's port brings, the host reads answers from the guest.

#![no_main]

use guest_protocol::hello::{Answer, Hello};
use guest_protocol::record::{GUEST_MARK, HOST_MARK, Scanner, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (piece, bytes) = data.split_first().map_or((1, data), |(piece, rest)| (usize::from(*piece).max(1), rest));
    let mut hellos = Scanner::new(HOST_MARK);
    let mut answers = Scanner::new(GUEST_MARK);
    for part in bytes.chunks(piece) {
        hellos.push(part);
        answers.push(part);
        while let Ok(Some(hello)) = hellos.next::<Hello>() {
            let again = encode(&HOST_MARK, &hello).expect("what was read can be written");
            let mut scanner = Scanner::new(HOST_MARK);
            scanner.push(&again);
            assert_eq!(scanner.next().expect("it is a record"), Some(hello));
        }
        while !matches!(answers.next::<Answer>(), Ok(None)) {}
    }
});
