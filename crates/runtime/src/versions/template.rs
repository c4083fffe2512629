//! From a version to a template.

use std::time::Duration;

use futures_util::FutureExt;
use ids::{AccountId, RuntimeArn};
use sandbox::{Engine, Limits, Program, Ready, SandboxError, Storage, Template, TemplateSpec, Warmup};

use super::reason::Reason;
use super::{CODE_MOUNT, layer_name, template_name};
use crate::model::{AgentSpec, EntryPoint, Interpreter};
use crate::rows::VersionRow;
use crate::service::Runtime;

/// What OpenTelemetry's console script does, without the script: its first line names the interpreter of the
/// machine that vendored it.
const INSTRUMENT: &str = "import sys; from opentelemetry.instrumentation.auto_instrumentation import run; \
                          sys.argv[0] = 'opentelemetry-instrument'; run()";

/// How long a warm-up may take, where guest code is not emulated.
const WARM_UP: Duration = Duration::from_secs(120);

impl Runtime {
    /// Boots the version once and freezes it.
    pub(super) async fn make_template(
        &self,
        account: &AccountId,
        row: &VersionRow,
    ) -> Result<Template, Reason> {
        let _turn = self.0.templates.turns.acquire().await.map_err(Reason::engine)?;
        let spec = self.template_spec(account, row).await?;
        self.0.engine.prepare(spec).await.map_err(|error| Reason::sandbox(&error))
    }

    async fn template_spec(&self, account: &AccountId, row: &VersionRow) -> Result<TemplateSpec, Reason> {
        let options = &self.0.options;
        let artifact = &row.spec.artifact;
        let info = self.0.engine.info();
        let program = artifact.interpreter.program();
        let base = info.bases.iter().find(|base| base.runtimes.contains(&program));
        let base =
            base.ok_or_else(|| Reason::text(format!("No base image on this server provides {program}.")))?;
        let stretch = if info.accelerated { 1 } else { options.emulation_factor };
        Ok(TemplateSpec {
            name: template_name(&row.runtime, row.number),
            base: base.name.clone(),
            code: self.layer(&row.code, &artifact.entry_point).await?,
            code_mount: CODE_MOUNT.to_owned(),
            program: Program {
                arguments: command(artifact.interpreter, &artifact.entry_point),
                environment: self.environment(&self.arn(account, &row.runtime), row),
                working_directory: CODE_MOUNT.to_owned(),
            },
            ready: Ready {
                port: row.spec.protocol.port,
                path: "/ping".to_owned(),
                within: options.start_budget * stretch,
            },
            warmup: row.spec.warm_up.as_ref().map(|hook| Warmup {
                port: hook.port,
                path: hook.path.clone(),
                within: WARM_UP * stretch,
            }),
            storage: row
                .spec
                .session_storage
                .as_ref()
                .map(|storage| Storage { mount: storage.mount.clone(), size_mib: crate::storage::SIZE_MIB }),
            limits: limits(options.sandbox, &row.spec),
        })
    }

    /// What the SDK's container contract promises, under what the user set.
    fn environment(&self, arn: &RuntimeArn, row: &VersionRow) -> Vec<(String, String)> {
        let region = self.0.options.region.to_string();
        let name = arn.runtime.as_str().rsplit_once('-').map_or(arn.runtime.as_str(), |(name, _)| name);
        let url =
            format!("{}/runtimes/{}/invocations/", self.0.options.endpoint_url, escape(&arn.to_string()));
        let mut environment = std::collections::BTreeMap::from([
            ("PATH".to_owned(), "/var/task/bin:/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("HOME".to_owned(), "/tmp".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("PYTHONPATH".to_owned(), CODE_MOUNT.to_owned()),
            ("PYTHONUNBUFFERED".to_owned(), "1".to_owned()),
            ("DOCKER_CONTAINER".to_owned(), "1".to_owned()),
            ("AWS_REGION".to_owned(), region.clone()),
            ("AWS_DEFAULT_REGION".to_owned(), region),
            ("AGENTCORE_RUNTIME_URL".to_owned(), url),
            (
                "OTEL_RESOURCE_ATTRIBUTES".to_owned(),
                format!("service.name={name}.DEFAULT,cloud.resource_id={arn}"),
            ),
        ]);
        environment.extend(self.0.options.environment.iter().cloned());
        environment.extend(row.spec.environment.clone());
        environment.into_iter().collect()
    }

    /// Makes a template again that is gone or was made by another engine. Callers that come meanwhile wait for the
    /// same one.
    pub(crate) async fn remake_template(&self, account: &AccountId, row: &VersionRow) -> Result<(), String> {
        let name = template_name(&row.runtime, row.number);
        let remaking = {
            let mut remade = self.0.templates.remade.lock().expect("no holder panics");
            remade
                .entry(name.clone())
                .or_insert_with(|| {
                    let (runtime, account, row) = (self.clone(), account.clone(), row.clone());
                    let task = self.0.tasks.spawn(async move {
                        let made = tokio::select! {
                            made = runtime.make_template_if_wanted(&account, &row) => made,
                            () = runtime.0.stopping.cancelled() => Err("the server is shutting down".to_owned()),
                        };
                        let name = template_name(&row.runtime, row.number);
                        runtime.0.templates.remade.lock().expect("no holder panics").remove(&name);
                        made
                    });
                    task.map(|joined| joined.unwrap_or_else(|error| Err(error.to_string()))).boxed().shared()
                })
                .clone()
        };
        remaking.await
    }

    /// The version may have been deleted since somebody wanted to start a session of it: nothing of it stays then.
    async fn make_template_if_wanted(&self, account: &AccountId, row: &VersionRow) -> Result<(), String> {
        self.make_template(account, row).await.map_err(Reason::into_text)?;
        match self.version(account, &row.runtime, row.number).await {
            Ok(_) => Ok(()),
            Err(fault) => {
                self.discard_template(row).await;
                Err(fault.message().to_owned())
            }
        }
    }

    /// Gives a version's template back, and its layer if no other version has the same code.
    pub(crate) async fn discard_template(&self, row: &VersionRow) {
        let name = template_name(&row.runtime, row.number);
        let discarded = discard(&*self.0.engine, self, row, &name).await;
        if let Err(error) = discarded {
            // Nothing is lost: the next start removes what no version needs.
            tracing::warn!(%error, template = %name, "a template could not be removed");
        }
    }
}

async fn discard(
    engine: &dyn Engine,
    runtime: &Runtime,
    row: &VersionRow,
    name: &sandbox::TemplateName,
) -> Result<(), SandboxError> {
    engine.discard_template(name).await?;
    let mut layers = runtime.0.templates.layers.lock().await;
    let claims = store::KeyRange::below([row.code.as_str(), crate::rows::CLAIMANTS]);
    let users = runtime.store().range(store::claims::CLAIMS, &claims, 1).await;
    if users.is_ok_and(|users| users.is_empty()) {
        layers.retain(|(code, _), _| *code != row.code);
        engine.discard_layer(&layer_name(&row.code)).await?;
    }
    Ok(())
}

/// What the server gives every sandbox, with more memory where the user asked for more.
fn limits(given: Limits, spec: &AgentSpec) -> Limits {
    let memory_mib = spec.minimum_memory_mib.map_or(given.memory_mib, |least| least.max(given.memory_mib));
    Limits { memory_mib, ..given }
}

fn command(interpreter: Interpreter, entry: &EntryPoint) -> Vec<String> {
    let program = match interpreter {
        Interpreter::Python { .. } => interpreter.program(),
        Interpreter::Node { .. } => "node".to_owned(),
    };
    if entry.instrumented {
        vec![program.clone(), "-c".to_owned(), INSTRUMENT.to_owned(), program, entry.file.clone()]
    } else {
        vec![program, entry.file.clone()]
    }
}

/// Percent-encodes everything but letters, digits and `-._~`, as an ARN in a path needs.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_escaped_whole() {
        assert_eq!(escape("arn:aws:x/y-1"), "arn%3Aaws%3Ax%2Fy-1");
    }

    #[test]
    fn an_instrumented_entry_point_is_wrapped() {
        let entry = EntryPoint { file: "main.py".to_owned(), instrumented: true };
        let command = command(Interpreter::Python { minor: 11 }, &entry);
        assert_eq!(
            (command[0].as_str(), command[3].as_str(), command[4].as_str()),
            ("python3.11", "python3.11", "main.py")
        );
    }
}
