//! Keeps machines ahead of the next starts, for templates in use.

use std::future::Future;
use std::io;
use std::sync::Arc;

use guest_protocol::hello::Hello;
use sandbox::machine::Origin;
use sandbox::{Identity, SandboxError, SandboxId};
use tokio::time::timeout;

use super::QemuEngine;
use super::launch::{Remaining, largest_file};
use crate::home::failed;
use crate::sandbox::{QemuSandbox, Shared};
use crate::spare::{Recipe, Spare};
use crate::spares::{Starting, Vacancy};
use crate::template::Frozen;
use crate::who::Who;

impl QemuEngine {
    /// Takes a machine that was started ahead, if one is ready or nearly so.
    pub(super) async fn adopt(
        &self,
        frozen: &Arc<Frozen>,
        identity: &Identity,
    ) -> Result<Option<QemuSandbox>, SandboxError> {
        let spec = &frozen.manifest.spec;
        if spec.storage.is_some() {
            // A machine has its disks from the start on, and a spare cannot know whose.
            return Ok(None);
        }
        let Some(spare) = self.spares.take(&spec.name, self.clock.elapsed()).await else { return Ok(None) };
        if !spare.is_of(frozen) {
            spare.end().await;
            return Ok(None);
        }
        let who = Who::new(identity.hostname.clone(), &*self.rng);
        let hello = Hello::Wake { wake: who.wake(&*self.clock, &*self.rng) };
        match spare.assume(self.home.sandbox(&identity.id), &hello).await {
            Ok((vmm, claim)) => {
                let rest = Remaining {
                    id: identity.id.clone(),
                    who,
                    template: Some(Arc::clone(frozen)),
                    origin: Origin::Restore,
                    wall_clock: spec.limits.wall_clock,
                    ready_within: spec.ready.within,
                    storage: None,
                };
                Ok(Some(self.drive(vmm, claim, rest)))
            }
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                Err(failed(|| format!("starting sandbox {}", identity.id))(source))
            }
            Err(error) => {
                tracing::warn!(template = %spec.name, %error, "a machine started ahead cannot be used");
                Ok(None)
            }
        }
    }

    /// Has machines started for the sandboxes after `sandbox`, as many as are missing.
    pub(super) async fn stay_ahead(&self, frozen: Arc<Frozen>, sandbox: Arc<Shared>, starting: Starting) {
        let template = frozen.manifest.spec.name.clone();
        if self.shut_down.is_cancelled() {
            return;
        }
        while let Some(vacancy) = self.spares.vacancy(&template) {
            match self.recipe(Arc::clone(&frozen)).await {
                Ok(recipe) => drop(self.tasks.spawn(self.keep(vacancy, recipe))),
                Err(error) => {
                    tracing::warn!(%template, %error, "no machine is started ahead");
                    break;
                }
            }
        }
        // Making one meanwhile would only make the sandbox wait that is wanted now.
        self.tasks.spawn(async move {
            sandbox.first_answer().await;
            drop(starting);
        });
    }

    async fn recipe(&self, frozen: Arc<Frozen>) -> Result<Recipe, SandboxError> {
        let accelerator = self.accelerator().await?;
        let credentials = self.users.credentials(&frozen.ram, accelerator);
        let id = SandboxId::parse("spare").expect("it is a plain name");
        let nobody = Identity::new(id, "spare");
        Ok(Recipe {
            starter: self.starter.clone(),
            program: self.qemu.program.clone(),
            accelerator,
            credentials: credentials.map_err(failed(|| "finding a user for a machine"))?,
            largest_file: largest_file(&frozen.manifest.spec.limits),
            directory: self.home.spare(&*self.rng),
            hello: Hello::Wake { wake: self.wake(&nobody) },
            frozen,
        })
    }

    /// The keeper's life. It knows nothing of the engine, whose end is the end of it.
    fn keep(&self, mut vacancy: Vacancy<Spare>, recipe: Recipe) -> impl Future<Output = ()> + Send + 'static {
        let (shut_down, clock, patience, pace) =
            (self.shut_down.clone(), Arc::clone(&self.clock), self.options.patience, self.pace.clone());
        let progress = vacancy.progress();
        async move {
            let template = recipe.frozen.manifest.spec.name.clone();
            let making = async {
                let _turn = pace.turn().await;
                progress.begin(clock.elapsed());
                let made = timeout(patience.wake + patience.report, Spare::make(recipe)).await;
                if matches!(made, Ok(Ok(_))) {
                    progress.finish(clock.elapsed());
                }
                made
            };
            let made = tokio::select! {
                made = making => made.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                () = vacancy.unwanted() => return,
                () = shut_down.cancelled() => return,
            };
            let spare = match made {
                Ok(spare) => spare,
                Err(error) => return tracing::warn!(%template, %error, "no machine was started ahead"),
            };
            let wanted = tokio::select! {
                wanted = vacancy.wanted() => wanted,
                () = clock.sleep_until(clock.now().plus(patience.spare)) => None,
                () = shut_down.cancelled() => None,
            };
            let unused = match wanted {
                Some(taker) => taker.send(spare).err(),
                None => Some(spare),
            };
            if let Some(spare) = unused {
                spare.end().await;
            }
        }
    }
}
