//! Finding code and packing it into a layer.

use std::path::{Path, PathBuf};

use fault::{Fault, Result};
use sandbox::{Layer, LayerName};
use store::Digest;

use super::reason::Reason;

use crate::model::{CodeArtifact, EntryPoint};
use crate::service::Runtime;

impl Runtime {
    /// The code that an artifact names. What cannot work is refused here, before anything is written.
    pub(crate) async fn locate_code(&self, artifact: &CodeArtifact) -> Result<Digest> {
        let CodeArtifact { bucket, key, interpreter, .. } = artifact;
        let place = "agentRuntimeArtifact.codeConfiguration";
        let runtimes =
            self.0.engine.info().bases.into_iter().flat_map(|base| base.runtimes).collect::<Vec<_>>();
        if !runtimes.contains(&interpreter.program()) {
            let has =
                if runtimes.is_empty() { "no base image at all".to_owned() } else { runtimes.join(", ") };
            return Err(Fault::field(
                format!("{place}.runtime"),
                format!(
                    "no base image on this server provides {}: it has {has}. Import one with `freehold image import`.",
                    interpreter.wire_name()
                ),
            ));
        }
        let Some(object) = self.0.code.find(bucket, key).await? else {
            return Err(Fault::field(
                format!("{place}.code.s3"),
                format!("there is no object {key:?} in the bucket {bucket:?}. Upload the code first."),
            ));
        };
        let most = artifact::Limits::default().zipped;
        if object.length > most {
            return Err(Fault::field(
                format!("{place}.code.s3"),
                format!("the archive has {} bytes; {most} is the most.", object.length),
            ));
        }
        Ok(object.digest)
    }

    /// Unpacks code, checks that it can be started and packs it into a layer.
    pub(super) async fn layer(&self, digest: &Digest, entry: &EntryPoint) -> Result<Layer, Reason> {
        let known = self.0.templates.layers.lock().expect("no holder panics").get(digest).cloned();
        if let Some(layer) = known {
            return Ok(layer);
        }
        let archive = self.0.blobs.local_file(digest).await.map_err(Reason::engine)?;
        let tree = Scratch::new(self.0.options.work_directory.join(self.0.rng.uuid()));
        let (into, wanted) = (tree.0.clone(), entry.clone());
        let unpacked = tokio::task::spawn_blocking(move || unpack(&archive, &into, &wanted)).await;
        unpacked.map_err(Reason::engine)??;
        let name = LayerName::parse(&format!("code-{digest}")).expect("a digest makes a plain name");
        let layer =
            self.0.engine.build_layer(name, tree.0.clone()).await.map_err(|error| Reason::sandbox(&error))?;
        self.0.templates.layers.lock().expect("no holder panics").insert(digest.clone(), layer.clone());
        Ok(layer)
    }
}

fn unpack(archive: &Path, into: &Path, entry: &EntryPoint) -> Result<(), Reason> {
    artifact::unpack(archive, into, &artifact::Limits::default()).map_err(|error| Reason::code(&error))?;
    let facts = artifact::inspect(into, &entry.file);
    if !facts.entry_file {
        return Err(Reason::text(format!(
            "The archive has no file {:?} at its root, which the entry point names. Zip the content of the folder, \
             not the folder itself.",
            entry.file
        )));
    }
    if entry.instrumented && !facts.instrumentation {
        return Err(Reason::text(
            "The entry point begins with opentelemetry-instrument, but the archive does not contain the package \
             opentelemetry-instrumentation. Add aws-opentelemetry-distro to its dependencies."
                .to_owned(),
        ));
    }
    Ok(())
}

/// A directory that is removed with its owner. What a crash leaves is removed at the next start.
struct Scratch(PathBuf);

impl Scratch {
    fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, directory = %self.0.display(), "unpacked code could not be removed");
        }
    }
}
