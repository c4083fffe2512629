//! Taking any OCI image as a base: an image layout, as a directory or as a tar archive of one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use stdx::Clock;
use tar::{Archive, EntryType};

use crate::blob;
use crate::error::{ImageError, On};
use crate::index::{BaseEntry, Images, Index};
use crate::path::Inside;
use crate::prepare::pack;
use crate::progress::Progress;
use crate::shelf::{Shelf, digest};
use crate::unpack::Tree;

/// Longest index or manifest that is read.
const MAX_DOCUMENT: u64 = 4 << 20;
/// Indexes may point to indexes, but not for ever.
const MAX_DEPTH: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

impl Descriptor {
    /// Nothing said about the platform is taken as "any".
    fn fits(&self) -> bool {
        self.platform
            .as_ref()
            .is_none_or(|platform| platform.os == "linux" && platform.architecture == "amd64")
    }

    fn blob(&self, layout: &Path) -> Result<PathBuf, ImageError> {
        let hash = self.digest.strip_prefix("sha256:");
        let hash = hash.filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let hash = hash.ok_or_else(|| bad(format_args!("{:?} is no SHA-256 digest", self.digest)))?;
        let path = layout.join("blobs/sha256").join(hash);
        let found = digest(&path).on(&path)?;
        if found != hash {
            return Err(bad(format_args!("blob {hash} is damaged")));
        }
        Ok(path)
    }
}

fn bad(what: impl std::fmt::Display) -> ImageError {
    ImageError::BadImage(what.to_string())
}

/// Adds the image at `path` to the prepared `directory` as a base called `name`, in the place of one so called.
pub fn import_oci(
    directory: &Path,
    name: &str,
    path: &Path,
    clock: &dyn Clock,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<BaseEntry, ImageError> {
    let shelf = Shelf::hold(directory)?;
    let index = Index::read(directory)?;
    let mut index = index.ok_or_else(|| ImageError::NotPrepared(directory.to_owned()))?;
    let scratch = shelf.scratch()?;
    let unpacked = scratch.path().join("layout");
    let layout = if path.is_dir() {
        path
    } else {
        tell(Progress::Step("reading the archive"));
        unpack_layout(path, &unpacked)?;
        &unpacked
    };
    let (manifest, layers) = manifest(layout)?;
    if let Some(base) = index.bases.iter().find(|base| base.name == name && base.recipe == manifest) {
        tell(Progress::Skipped("base image"));
        return Ok(base.clone());
    }
    let root = scratch.path().join("root");
    fs::create_dir(&root).on(&root)?;
    let tree = Tree::over(&root)?;
    for (number, layer) in layers.iter().enumerate() {
        tell(Progress::Step(&format!("layer {} of {}", number + 1, layers.len())));
        let blob = layer.blob(layout)?;
        tree.apply(blob::plain(File::open(&blob).on(&blob)?).on(&blob)?)?;
    }
    let (file, runtimes) = pack(&shelf, &tree, &root, tell)?;
    let base = BaseEntry {
        name: name.to_owned(),
        file,
        runtimes,
        origin: format!("OCI image {manifest}"),
        recipe: manifest,
        made_at_ms: clock.now().as_millis(),
    };
    index.put(base.clone());
    index.write(shelf.directory())?;
    Images::open(shelf.directory())?;
    Ok(base)
}

/// The digest of the manifest for this kind of machine, and its layers.
fn manifest(layout: &Path) -> Result<(String, Vec<Descriptor>), ImageError> {
    let mut document: Document = read(&layout.join("index.json"))?;
    for _ in 0..MAX_DEPTH {
        let mut fitting = document.manifests.into_iter().filter(Descriptor::fits);
        let next = fitting.next().ok_or_else(|| bad("it has no manifest for linux/amd64"))?;
        document = read(&next.blob(layout)?)?;
        if !document.layers.is_empty() {
            return Ok((next.digest, document.layers));
        }
    }
    Err(bad("its indexes are nested too deep"))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ImageError> {
    let file = File::open(path).on(path)?;
    let text = io::read_to_string(io::Read::take(file, MAX_DOCUMENT)).on(path)?;
    serde_json::from_str(&text).map_err(|error| bad(format_args!("{}: {error}", path.display())))
}

/// Unpacks the archive of a layout: plain files only.
fn unpack_layout(archive: &Path, target: &Path) -> Result<(), ImageError> {
    let content = blob::plain(File::open(archive).on(archive)?).on(archive)?;
    for entry in Archive::new(content).entries().on(archive)? {
        let mut entry = entry.on(archive)?;
        let inside = Inside::parse(&entry.path_bytes())?;
        let Some((above, last)) = inside.split() else { continue };
        if entry.header().entry_type() != EntryType::Regular {
            continue;
        }
        let directory = target.join(above.iter().collect::<PathBuf>());
        fs::create_dir_all(&directory).on(&directory)?;
        let path = directory.join(last);
        io::copy(&mut entry, &mut File::create(&path).on(&path)?).on(&path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
