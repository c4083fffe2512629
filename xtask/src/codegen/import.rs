//! Takes service models out of a botocore wheel and leaves their prose behind.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{SERVICES, Service, select};

/// The files of a model that carry interface facts.
const FILES: [&str; 3] = ["service-2", "paginators-1", "waiters-2"];

/// Keys that hold prose wherever they hold a text. A member may have the same name: then it holds an object.
const PROSE: [&str; 3] = ["documentation", "deprecatedMessage", "description"];

/// A botocore wheel.
pub(crate) struct Wheel {
    archive: ZipArchive<File>,
    name: String,
    digest: String,
}

impl Wheel {
    /// Opens a wheel.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_name().context("a wheel has a name")?.to_string_lossy().into_owned();
        Ok(Self {
            archive: ZipArchive::new(File::open(path)?)?,
            name,
            digest: hex::encode(Sha256::digest(bytes)),
        })
    }

    /// A file of a service's model, without prose and what is not taken over, and the digest of the file as it was
    /// published.
    pub(crate) fn read(&mut self, service: &Service, file: &str) -> Result<(Value, String)> {
        let path = format!("botocore/data/{}/{}/{file}.json", service.name, service.version);
        let packed = format!("{path}.gz");
        let is_packed = self.archive.index_for_name(&packed).is_some();
        let mut published = Vec::new();
        self.archive
            .by_name(if is_packed { &packed } else { &path })
            .with_context(|| format!("finding {path}"))?
            .read_to_end(&mut published)?;
        let digest = hex::encode(Sha256::digest(&published));
        let mut value: Value = if is_packed {
            serde_json::from_reader(GzDecoder::new(published.as_slice()))?
        } else {
            serde_json::from_slice(&published)?
        };
        strip(&mut value);
        if let Some(only) = service.only {
            select::keep(&mut value, only)?;
        }
        Ok((value, digest))
    }
}

/// Replaces the models by those of a wheel.
pub(crate) fn refresh(wheel: &Path, root: &Path) -> Result<()> {
    let mut wheel = Wheel::open(wheel)?;
    let mut files = serde_json::Map::new();
    for service in &SERVICES {
        for file in FILES {
            let (value, digest) = wheel.read(service, file)?;
            let path = format!("{}/{}/{file}.json", service.name, service.version);
            write_json(&root.join("models").join(&path), &value)?;
            files.insert(path, digest.into());
        }
    }
    let provenance = json!({
        "package": wheel.name,
        "sha256": wheel.digest,
        "license": "Apache-2.0",
        "removed": PROSE,
        "sha256_of_published_files": files,
    });
    write_json(&root.join("models/provenance.json"), &provenance)
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    std::fs::create_dir_all(path.parent().context("a model has a directory")?)?;
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(std::fs::write(path, text)?)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, value| !(value.is_string() && PROSE.contains(&key.as_str())));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_goes_and_members_of_its_name_stay() {
        let mut model = json!({
            "documentation": "<p>Words.</p>",
            "members": { "description": { "shape": "Text", "documentation": "<p>More.</p>" } },
        });
        strip(&mut model);
        assert_eq!(model, json!({ "members": { "description": { "shape": "Text" } } }));
    }
}
