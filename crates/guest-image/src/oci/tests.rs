use std::io::Write;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::unpack::tests::layer;

/// A layout under construction.
struct Layout(TempDir);

impl Layout {
    fn new() -> Self {
        let layout = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(layout.0.path().join("blobs/sha256")).unwrap();
        layout
    }

    fn blob(&self, content: &[u8]) -> String {
        let hash = hex::encode(Sha256::digest(content));
        fs::write(self.0.path().join("blobs/sha256").join(&hash), content).unwrap();
        format!("sha256:{hash}")
    }

    fn index(&self, manifests: &str) {
        fs::write(self.0.path().join("index.json"), format!(r#"{{"manifests":[{manifests}]}}"#)).unwrap();
    }

    fn manifest(&self, layers: &[String]) -> String {
        let layers: Vec<_> = layers.iter().map(|digest| format!(r#"{{"digest":"{digest}"}}"#)).collect();
        self.blob(format!(r#"{{"layers":[{}]}}"#, layers.join(",")).as_bytes())
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_manifest_for_this_kind_of_machine_is_found_through_nested_indexes() {
    let layout = Layout::new();
    let bottom = layout.blob(&gzip(&layer(&[("x", EntryType::Regular, "1")])));
    let wanted = layout.manifest(&[bottom.clone()]);
    let platform = |digest: &str, architecture: &str| {
        format!(r#"{{"digest":"{digest}","platform":{{"os":"linux","architecture":"{architecture}"}}}}"#)
    };
    let nested =
        format!(r#"{{"manifests":[{},{}]}}"#, platform(&bottom, "arm64"), platform(&wanted, "amd64"));
    let nested = layout.blob(nested.as_bytes());
    layout.index(&format!(r#"{{"digest":"{nested}"}}"#));
    let (digest, layers) = manifest(layout.0.path()).unwrap();
    assert_eq!((digest, layers[0].digest.clone(), layers.len()), (wanted, bottom, 1));
}

#[test]
fn what_is_no_image_is_refused() {
    let layout = Layout::new();
    layout.index(r#"{"digest":"sha256:../../../etc/passwd"}"#);
    assert!(matches!(manifest(layout.0.path()), Err(ImageError::BadImage(_))));
    layout.index("");
    assert!(matches!(manifest(layout.0.path()), Err(ImageError::BadImage(_))));
    let digest = layout.manifest(&[]);
    layout.index(&format!(r#"{{"digest":"{digest}"}}"#));
    assert!(matches!(manifest(layout.0.path()), Err(ImageError::BadImage(_))));
}

#[test]
fn a_damaged_blob_is_refused() {
    let layout = Layout::new();
    let digest = layout.manifest(&[]);
    let path = layout.0.path().join("blobs/sha256").join(digest.strip_prefix("sha256:").unwrap());
    fs::write(path, r#"{"layers":[{"digest":"sha256:0"}]}"#).unwrap();
    layout.index(&format!(r#"{{"digest":"{digest}"}}"#));
    assert!(manifest(layout.0.path()).is_err_and(|error| error.to_string().contains("damaged")));
}

#[test]
fn an_archive_of_a_layout_cannot_escape() {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("image.tar");
    let target = directory.path().join("layout");
    fs::write(
        &archive,
        layer(&[("index.json", EntryType::Regular, "{}"), ("../out", EntryType::Regular, "bad")]),
    )
    .unwrap();
    assert!(unpack_layout(&archive, &target).is_err());
    assert!(!directory.path().join("out").exists());
    fs::write(
        &archive,
        layer(&[("blobs", EntryType::Symlink, "/tmp"), ("index.json", EntryType::Regular, "{}")]),
    )
    .unwrap();
    unpack_layout(&archive, &target).unwrap();
    assert!(!target.join("blobs").exists() && target.join("index.json").exists());
}
