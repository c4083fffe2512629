//! Buckets and uploads go as a whole, whatever comes meanwhile.

use store::{KeyRange, Space};

use crate::boto3;
use crate::server::{GRACE, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_while_others_write_leaves_nothing() {
    let server = Server::start().await;
    boto3::run(&server, "races.py", &[]).await;
    for space in ["s3-buckets", "s3-objects", "s3-uploads", "s3-parts", "s3-activity", "blob-claims"] {
        let rows = server.store.range(Space::new(space), &KeyRange::all(), 9).await.unwrap();
        assert_eq!(rows, [], "{space}");
    }
    server.clock.advance(GRACE * 2);
    server.blobs.collect_garbage().await.unwrap();
    assert_eq!(server.store.range(Space::new("blobs"), &KeyRange::all(), 9).await.unwrap(), []);
}
