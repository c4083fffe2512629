//! What is put can be read, whole or in part.

use std::io;

use bytes::Bytes;
use futures_util::stream;
use stdx::ByteStream;

use super::Open;
use crate::{BlobInfo, Blobs, Digest, StoreError};

pub(super) async fn all(open: Open<'_>) {
    a_blob_is_read_back(open).await;
    ranges_are_cut_at_the_end(open).await;
    a_failing_producer_leaves_nothing(open).await;
    what_is_not_stored_is_no_blob(open).await;
}

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn digest(text: &str) -> Digest {
    Digest::parse(text).expect("a constant digest")
}

async fn read(blobs: &dyn Blobs, digest: &Digest, offset: u64, length: Option<u64>) -> Bytes {
    let content = blobs.read(digest, offset, length).await.unwrap();
    content.collect(1 << 24).await.unwrap()
}

async fn a_blob_is_read_back(open: Open<'_>) {
    let subject = open().await;
    let blobs = &*subject.blobs;
    let chunks = ["he", "", "llo"].map(|chunk| Ok(Bytes::from(chunk)));
    let info = blobs.put(ByteStream::new(stream::iter(chunks))).await.unwrap();
    let md5 = "5d41402abc4b2a76b9719d911017c592".to_owned();
    assert_eq!(info, BlobInfo { digest: digest(HELLO), length: 5, md5 });
    assert_eq!(
        blobs.put(ByteStream::once("hello")).await.unwrap(),
        info,
        "the same content is the same blob"
    );
    assert_eq!(read(blobs, &info.digest, 0, None).await, "hello");
    let file = blobs.local_file(&info.digest).await.unwrap();
    assert_eq!(std::fs::read(file).unwrap(), b"hello");

    let large: Bytes = (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pieces: Vec<_> = large.chunks(70_001).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let info = blobs.put(ByteStream::new(stream::iter(pieces))).await.unwrap();
    assert_eq!(info.length, 3_000_000);
    assert!(read(blobs, &info.digest, 0, None).await == large);
    assert!(read(blobs, &info.digest, 999_999, Some(1_000_001)).await == large[999_999..2_000_000]);
}

async fn ranges_are_cut_at_the_end(open: Open<'_>) {
    let subject = open().await;
    let blobs = &*subject.blobs;
    let info = blobs.put(ByteStream::once("hello")).await.unwrap();
    for (offset, length, expected) in [
        (1, Some(3), "ell"),
        (3, Some(9), "lo"),
        (5, None, ""),
        (9, None, ""),
        (0, Some(0), ""),
        (2, Some(u64::MAX), "llo"),
    ] {
        assert_eq!(read(blobs, &info.digest, offset, length).await, expected, "{offset} {length:?}");
    }
    let empty = blobs.put(ByteStream::empty()).await.unwrap();
    assert_eq!((empty.digest.as_str(), empty.length), (NOTHING, 0));
    assert_eq!(read(blobs, &empty.digest, 0, None).await, "");
}

async fn a_failing_producer_leaves_nothing(open: Open<'_>) {
    let subject = open().await;
    let chunks = vec![Ok(Bytes::from("hello")), Err(io::Error::other("cut off"))];
    let error = subject.blobs.put(ByteStream::new(stream::iter(chunks))).await.unwrap_err();
    assert!(matches!(&error, StoreError::Source(cause) if cause.to_string() == "cut off"), "{error}");
    let gone = subject.blobs.read(&digest(HELLO), 0, None).await.unwrap_err();
    assert!(matches!(gone, StoreError::NoBlob(_)), "{gone}");
}

async fn what_is_not_stored_is_no_blob(open: Open<'_>) {
    let subject = open().await;
    let nothing = digest(NOTHING);
    let read = subject.blobs.read(&nothing, 0, None).await.unwrap_err();
    assert!(matches!(&read, StoreError::NoBlob(at) if *at == nothing), "{read}");
    let file = subject.blobs.local_file(&nothing).await.unwrap_err();
    assert!(matches!(&file, StoreError::NoBlob(at) if *at == nothing), "{file}");
}
