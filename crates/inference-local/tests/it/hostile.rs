//! Weights that are damaged or made to do damage.

use inference_local::weights::{Shapes, Weights, WeightsError};
use proptest::prelude::*;

use crate::forge::{framed, safetensors};

fn wanted() -> Shapes {
    [("a".to_owned(), vec![2, 3]), ("b".to_owned(), vec![2])].into_iter().collect()
}

fn whole() -> Vec<u8> {
    let tensor = |name: &str, shape: &[usize]| {
        let numbers = (0..shape.iter().product()).map(|number: usize| number as f32).collect();
        (name.to_owned(), shape.to_vec(), numbers)
    };
    safetensors(&[tensor("a", &[2, 3]), tensor("unused", &[5]), tensor("bert.b", &[2])])
}

fn read(bytes: &[u8]) -> Result<Weights, WeightsError> {
    Weights::read(bytes, bytes.len() as u64, &wanted())
}

fn said(header: &str, content: &[u8]) -> String {
    read(&framed(header, content)).unwrap_err().to_string()
}

#[test]
fn a_whole_file_is_read_and_a_shorter_or_longer_one_is_not() {
    let whole = whole();
    assert!(read(&whole).is_ok());
    for length in 0..whole.len() {
        let error = read(&whole[..length]).unwrap_err();
        assert!(matches!(error, WeightsError::Truncated), "{length}: {error}");
    }
    // Cut off after it was looked at.
    let error = Weights::read(&whole[..whole.len() - 1], whole.len() as u64, &wanted()).unwrap_err();
    assert!(matches!(error, WeightsError::Truncated), "{error}");
    let error = read(&[&whole[..], b"more"].concat()).unwrap_err();
    assert!(matches!(error, WeightsError::Surplus(4)), "{error}");
}

#[test]
fn a_header_that_promises_too_much_costs_nothing() {
    for size in [u64::MAX, 1 << 40, 5 << 20] {
        let error = read(&[&size.to_le_bytes()[..], b"{}"].concat()).unwrap_err();
        assert!(matches!(error, WeightsError::HeaderSize(found) if found == size), "{error}");
    }
    let huge = r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}}"#;
    assert!(said(huge, &[0; 8]).contains("its header is not understood"));
    let far = r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[288230376151711744],"data_offsets":[24,1152921504606847000]}}"#;
    assert!(said(far, &[0; 24]).contains("cut off"));
}

#[test]
fn what_does_not_fit_is_named() {
    let a = r#""a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}"#;
    let cases = [
        (format!("{{{a}}}"), 24, "it has no tensor b"),
        (
            format!(r#"{{{a},"b":{{"dtype":"F32","shape":[3],"data_offsets":[24,36]}}}}"#),
            36,
            "has the shape [3]",
        ),
        (
            format!(r#"{{{a},"b":{{"dtype":"I64","shape":[2],"data_offsets":[24,40]}}}}"#),
            40,
            "is of type I64",
        ),
        (
            format!(r#"{{{a},"b":{{"dtype":"F32","shape":[2],"data_offsets":[20,28]}}}}"#),
            28,
            "not understood",
        ),
        (
            format!(r#"{{{a},"b":{{"dtype":"F32","shape":[2],"data_offsets":[28,36]}}}}"#),
            36,
            "not understood",
        ),
        (format!(r#"{{{a},"b":{{"dtype":"F9","shape":[2],"data_offsets":[24,32]}}}}"#), 32, "not understood"),
        (
            format!(
                r#"{{{a},"b":{{"dtype":"F32","shape":[2],"data_offsets":[24,32]}},"bert.b":{{"dtype":"F32","shape":[2],"data_offsets":[32,40]}}}}"#
            ),
            40,
            "the tensor b twice",
        ),
        ("[1]".to_owned(), 0, "not understood"),
        (String::new(), 0, "not understood"),
        ("[".repeat(100_000), 0, "not understood"),
    ];
    for (header, content, says) in cases {
        let said = said(&header, &vec![0; content]);
        assert!(said.contains(says), "{said} for {}", &header[..header.len().min(300)]);
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    let mut bytes = whole();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(matches!(read(&bytes).unwrap_err(), WeightsError::NotFinite(name) if name == "b"));
}

proptest! {
    #[test]
    fn any_change_is_an_error_or_a_file(at in 0_usize..400, to: u8) {
        let mut bytes = whole();
        let at = at % bytes.len();
        bytes[at] = to;
        // Nothing to expect but that it ends, and without a panic.
        let _ = read(&bytes);
    }

    #[test]
    fn any_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
    }
}
