//! Making the kernel and Debian's base image.

use std::fs::{self, File};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};
use stdx::{Clock, Timestamp};

use crate::debian::{Packages, fetch};
use crate::error::{ImageError, On};
use crate::index::{BaseEntry, FileEntry, Images, Index, KernelEntry};
use crate::modules::WANTED;
use crate::progress::{Progress, Tell};
use crate::shelf::Shelf;
use crate::unpack::Tree;
use crate::{erofs, kernel};

/// Raised when the same recipe begins to give something else.
const REVISION: u32 = 1;

/// What to make.
#[derive(Clone, Debug, Serialize)]
pub struct Recipe {
    /// Name of the base image.
    pub name: String,
    /// Debian's release.
    pub suite: String,
    /// Where packages come from, as mmdebstrap takes its mirrors; empty for mmdebstrap's own choice.
    pub sources: Vec<String>,
    /// Packages on the base image besides the smallest system.
    pub packages: Vec<String>,
    /// The kernel's package.
    pub kernel: String,
}

impl Default for Recipe {
    fn default() -> Self {
        let packages = ["python3", "ca-certificates", "libstdc++6", "tzdata", "media-types"];
        Self {
            name: "debian-12".to_owned(),
            suite: "bookworm".to_owned(),
            sources: Vec::new(),
            packages: packages.map(str::to_owned).to_vec(),
            kernel: "linux-image-cloud-amd64".to_owned(),
        }
    }
}

impl Recipe {
    fn kernel_digest(&self) -> String {
        digest(&(REVISION, &self.suite, &self.sources, &self.kernel, WANTED))
    }

    fn base_digest(&self) -> String {
        digest(&(REVISION, &self.suite, &self.sources, &self.packages))
    }
}

fn digest(parts: &impl Serialize) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(parts).expect("a recipe is plain data")))
}

/// Fills `directory` with what the recipe asks for. What is there already and was made by the same recipe is left
/// alone; bases of other names stay. The index changes only when a step is complete.
pub fn prepare(
    directory: &Path,
    recipe: &Recipe,
    clock: &dyn Clock,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<Images, ImageError> {
    let shelf = Shelf::hold(directory)?;
    // An index that cannot be used is made anew.
    let found = match Index::read(directory) {
        Err(ImageError::BadIndex { .. }) => None,
        found => found?,
    };
    let mut index = match found {
        Some(index) if index.kernel_recipe == recipe.kernel_digest() => {
            tell(Progress::Skipped("kernel"));
            index
        }
        found => {
            let bases = found.map_or_else(Vec::new, |index| index.bases);
            let index = Index { bases, ..make_kernel(&shelf, recipe, tell)? };
            index.write(directory)?;
            index
        }
    };
    let made_before = |base: &BaseEntry| base.name == recipe.name && base.recipe == recipe.base_digest();
    if index.bases.iter().any(made_before) {
        tell(Progress::Skipped("base image"));
    } else {
        index.put(make_base(&shelf, recipe, clock.now(), tell)?);
        index.write(directory)?;
    }
    Images::open(directory)
}

fn make_kernel(shelf: &Shelf, recipe: &Recipe, tell: Tell<'_>) -> Result<Index, ImageError> {
    tell(Progress::Step("kernel: fetching the package"));
    let scratch = shelf.scratch()?;
    let archive = scratch.path().join("kernel.tar");
    let include = [recipe.kernel.clone()];
    let packages =
        Packages { suite: &recipe.suite, sources: &recipe.sources, variant: "extract", include: &include };
    fetch(&packages, &archive, tell)?;
    tell(Progress::Step("kernel: picking the modules"));
    let kernel = kernel::pick(&archive)?;
    let modules = shelf.put("modules", ".cpio", &kernel.modules.archive()?)?;
    let file = shelf.put("vmlinuz", "", &kernel.image)?;
    let entry = KernelEntry { file, version: kernel.version };
    Ok(Index::new(entry, modules, recipe.kernel_digest()))
}

fn make_base(
    shelf: &Shelf,
    recipe: &Recipe,
    now: Timestamp,
    tell: Tell<'_>,
) -> Result<BaseEntry, ImageError> {
    tell(Progress::Step("base image: installing packages"));
    let scratch = shelf.scratch()?;
    let archive = scratch.path().join("base.tar");
    let packages = Packages {
        suite: &recipe.suite,
        sources: &recipe.sources,
        variant: "minbase",
        include: &recipe.packages,
    };
    fetch(&packages, &archive, tell)?;
    let root = scratch.path().join("root");
    fs::create_dir(&root).on(&root)?;
    let tree = Tree::over(&root)?;
    tell(Progress::Step("base image: unpacking"));
    tree.apply(File::open(&archive).on(&archive)?)?;
    let (file, runtimes) = pack(shelf, &tree, &root, tell)?;
    Ok(BaseEntry {
        name: recipe.name.clone(),
        file,
        runtimes,
        origin: format!("Debian {}: {}", recipe.suite, recipe.packages.join(", ")),
        recipe: recipe.base_digest(),
        made_at_ms: now.as_millis(),
    })
}

/// Packs an unpacked tree and puts it into the directory, with the runtimes found on it.
pub(crate) fn pack(
    shelf: &Shelf,
    tree: &Tree,
    root: &Path,
    tell: Tell<'_>,
) -> Result<(FileEntry, Vec<String>), ImageError> {
    tell(Progress::Step("base image: packing"));
    let scratch = shelf.scratch()?;
    let image = scratch.path().join("base.erofs");
    erofs::pack(root, &image, tree.keeps_owners(), tell)?;
    Ok((shelf.take("base", ".erofs", &image)?, runtimes(root)))
}

/// The Python versions installed where a distribution or an official image puts them.
fn runtimes(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for directory in ["usr/bin", "usr/local/bin"] {
        let Ok(entries) = fs::read_dir(root.join(directory)) else { continue };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        found.extend(names.filter(|name| is_python(name)));
    }
    found.sort();
    found.dedup();
    found
}

fn is_python(name: &str) -> bool {
    let minor = name.strip_prefix("python3.");
    minor.is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_found_by_their_programs() {
        let root = tempfile::tempdir().unwrap();
        for path in
            ["usr/bin/python3.11", "usr/bin/python3", "usr/bin/python3.11-config", "usr/local/bin/python3.13"]
        {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(runtimes(root.path()), ["python3.11", "python3.13"]);
        assert!(runtimes(&root.path().join("nowhere")).is_empty());
    }

    #[test]
    fn recipes_differ_where_their_results_do() {
        let recipe = Recipe::default();
        let mut other = recipe.clone();
        other.packages.push("nodejs".to_owned());
        assert_eq!(recipe.kernel_digest(), other.kernel_digest());
        assert_ne!(recipe.base_digest(), other.base_digest());
    }
}
