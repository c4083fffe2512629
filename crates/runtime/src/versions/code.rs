//! Finding code and packing it into a layer.

use std::path::{Path, PathBuf};

use fault::{Fault, Result};
use sandbox::Layer;
use store::Digest;

use super::layer_name;
use super::reason::Reason;
use crate::code_source::CodeObject;
use crate::model::{CodeArtifact, EntryPoint, Interpreter};
use crate::service::Runtime;

impl Runtime {
    /// The code that an artifact names. What cannot work is refused here, before anything is written.
    pub(crate) async fn locate_code(&self, artifact: &CodeArtifact) -> Result<CodeObject> {
        let CodeArtifact { bucket, key, interpreter, .. } = artifact;
        let place = "agentRuntimeArtifact.codeConfiguration";
        self.require(*interpreter).map_err(|message| Fault::field(format!("{place}.runtime"), message))?;
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
        Ok(object)
    }

    /// Refuses what no base image here can run, with what to do about it.
    fn require(&self, interpreter: Interpreter) -> Result<(), String> {
        let info = self.0.engine.info();
        let has: Vec<String> = info.bases.into_iter().flat_map(|base| base.runtimes).collect();
        if has.contains(&interpreter.program()) {
            return Ok(());
        }
        if has.is_empty() {
            return Err(format!("this server cannot start any agent: {}", info.description));
        }
        Err(format!(
            "no base image on this server provides {}, only {}. Import one with `freehold image import`.",
            interpreter.wire_name(),
            has.join(", ")
        ))
    }

    /// Unpacks code, checks that it can be started and packs it into a layer.
    pub(super) async fn layer(&self, digest: &Digest, entry: &EntryPoint) -> Result<Layer, Reason> {
        let mut layers = self.0.templates.layers.lock().await;
        let wanted = (digest.clone(), entry.clone());
        if let Some(layer) = layers.get(&wanted) {
            return Ok(layer.clone());
        }
        let archive = self.0.blobs.local_file(digest).await.map_err(Reason::engine)?;
        let tree = Scratch(self.0.options.work_directory.join(self.0.rng.uuid()));
        let entry = entry.clone();
        // The tree goes in and out: it is removed after the last write to it, even if nobody waits for that any more.
        let unpacked = self.0.tasks.spawn_blocking(move || unpack(&archive, &tree.0, &entry).map(|()| tree));
        let tree = unpacked.await.map_err(Reason::engine)??;
        let layer = self.0.engine.build_layer(layer_name(digest), tree.0.clone()).await;
        self.0.tasks.spawn_blocking(move || drop(tree));
        let layer = layer.map_err(|error| Reason::sandbox(&error))?;
        layers.insert(wanted, layer.clone());
        Ok(layer)
    }
}

fn unpack(archive: &Path, into: &Path, entry: &EntryPoint) -> Result<(), Reason> {
    artifact::unpack(archive, into, &artifact::Limits::default())
        .map_err(|error| if error.is_final() { Reason::code(&error) } else { Reason::engine(error) })?;
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

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, directory = %self.0.display(), "unpacked code could not be removed");
        }
    }
}
