use std::io::Write;

use sha2::{Digest, Sha256};
use stdx::SystemClock;
use tempfile::TempDir;

use super::*;
use crate::index::KernelEntry;
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
    let wanted = layout.manifest(std::slice::from_ref(&bottom));
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

#[test]
fn an_image_becomes_a_base_once() {
    let layout = Layout::new();
    let lower = layer(&[
        ("usr/bin/python3.12", EntryType::Regular, "x"),
        ("usr/bin/python3.9", EntryType::Regular, "x"),
    ]);
    let upper = layer(&[("usr/bin/.wh.python3.9", EntryType::Regular, "")]);
    let digest = layout.manifest(&[layout.blob(&gzip(&lower)), layout.blob(&upper)]);
    layout.index(&format!(r#"{{"digest":"{digest}"}}"#));
    let images = tempfile::tempdir().unwrap();
    let mut steps = Vec::new();
    let mut import = |name| {
        import_oci(images.path(), name, layout.0.path(), &SystemClock, &mut |progress| {
            steps.push(matches!(progress, Progress::Skipped(_)));
        })
    };
    assert!(matches!(import("mine"), Err(ImageError::NotPrepared(_))));
    let shelf = Shelf::hold(images.path()).unwrap();
    let file = shelf.put("vmlinuz", "", b"").unwrap();
    let kernel = KernelEntry { file, version: String::new() };
    let index = Index::new(kernel, shelf.put("modules", ".cpio", b"").unwrap(), String::new());
    index.write(images.path()).unwrap();
    drop(shelf);
    let base = import("mine").unwrap();
    assert_eq!((&base.runtimes[..], base.recipe.as_str()), (&["python3.12".to_owned()][..], digest.as_str()));
    assert_eq!(import("mine").unwrap(), base);
    assert_eq!(steps.last(), Some(&true));
    let images = Images::open(images.path()).unwrap();
    assert_eq!(images.bases(), [base]);
    let packed = fs::read(images.path(&images.bases()[0].file)).unwrap();
    assert_eq!(packed[1024..1028], 0xE0F5_E1E2_u32.to_le_bytes(), "no EROFS superblock");
}
