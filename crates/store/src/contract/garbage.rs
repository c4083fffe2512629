//! A blob goes when nobody claims it and it has not been put for a while, and not before.

use std::time::Duration;

use stdx::ByteStream;

use super::{Open, Subject};
use crate::{Batch, Digest, claims};

pub(super) async fn all(open: Open<'_>) {
    claims_and_grace_keep_a_blob(open).await;
    putting_again_starts_the_grace_anew(open).await;
    a_reader_is_not_cut_off(open).await;
}

const OWNER: &[&str] = &["contract", "owner"];
const OTHER_OWNER: &[&str] = &["contract", "other"];

impl Subject {
    async fn stored(&self, content: &'static str) -> Digest {
        self.blobs.put(ByteStream::once(content)).await.unwrap().digest
    }

    async fn has(&self, digest: &Digest) -> bool {
        self.blobs.read(digest, 0, None).await.is_ok()
    }

    async fn collected(&self) -> usize {
        self.blobs.collect_garbage().await.unwrap()
    }

    fn outlive_grace(&self) {
        self.clock.advance(self.grace + Duration::from_millis(1));
    }
}

async fn claims_and_grace_keep_a_blob(open: Open<'_>) {
    let subject = open().await;
    let (claimed, loose) = (subject.stored("claimed").await, subject.stored("loose").await);
    let both = [claims::claim(&claimed, OWNER), claims::claim(&claimed, OTHER_OWNER)];
    subject.store.commit(Batch::new().with(both)).await.unwrap();
    assert_eq!(subject.collected().await, 0, "within the grace period");
    subject.outlive_grace();
    assert_eq!(subject.collected().await, 1);
    assert!(subject.has(&claimed).await && !subject.has(&loose).await);

    subject.store.commit(Batch::new().and(claims::release(&claimed, OWNER))).await.unwrap();
    assert_eq!(subject.collected().await, 0, "one claim is left");
    subject.store.commit(Batch::new().and(claims::release(&claimed, OTHER_OWNER))).await.unwrap();
    assert_eq!(subject.collected().await, 1);
    assert!(!subject.has(&claimed).await);
    assert_eq!(subject.stored("claimed").await, claimed, "it can come again");
    assert!(subject.has(&claimed).await);
}

async fn putting_again_starts_the_grace_anew(open: Open<'_>) {
    let subject = open().await;
    let digest = subject.stored("again").await;
    subject.outlive_grace();
    subject.stored("again").await;
    assert_eq!(subject.collected().await, 0);
    assert!(subject.has(&digest).await);
    subject.outlive_grace();
    assert_eq!(subject.collected().await, 1);
}

async fn a_reader_is_not_cut_off(open: Open<'_>) {
    let subject = open().await;
    let digest = subject.stored("being read").await;
    let reading = subject.blobs.read(&digest, 0, None).await.unwrap();
    subject.outlive_grace();
    assert_eq!(subject.collected().await, 1);
    assert_eq!(reading.collect(99).await.unwrap(), "being read");
}
