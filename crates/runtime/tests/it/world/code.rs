//! Code archives and where they are uploaded to.

use std::collections::HashMap;
use std::io::{Cursor, Write as _};
use std::sync::Mutex;

use fault::Result;
use runtime::{CodeObject, CodeSource};
use stdx::{BoxFuture, ByteStream};
use store::{Blobs, Expect, Key, Space, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// An archive of these files.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const OBJECTS: Space = Space::new("objects");

/// One bucket named `code`.
#[derive(Default)]
pub(crate) struct Bucket(Mutex<HashMap<String, CodeObject>>);

impl Bucket {
    pub(super) async fn put(&self, blobs: &dyn Blobs, key: &str, content: Vec<u8>) {
        let stored = blobs.put(ByteStream::once(content)).await.unwrap();
        // Objects of this bucket never change, so nothing is demanded of them.
        let standing = Write::Check { space: OBJECTS, key: Key::of([key]), expect: Expect::Any };
        let object = CodeObject { digest: stored.digest, length: stored.length, standing };
        self.0.lock().unwrap().insert(key.to_owned(), object);
    }

    pub(super) fn enlarge(&self, key: &str, length: u64) {
        self.0.lock().unwrap().get_mut(key).unwrap().length = length;
    }
}

impl CodeSource for Bucket {
    fn find<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Option<CodeObject>>> {
        let found = self.0.lock().unwrap().get(key).filter(|_| bucket == "code").cloned();
        Box::pin(std::future::ready(Ok(found)))
    }
}
