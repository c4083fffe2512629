//! From a boot to a program that is ready, and warm.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{Ending, Exchange, SandboxError, TemplateSpec};
use stdx::ByteStream;

use super::SimEngine;
use crate::cell::{Cell, exchange_with};
use crate::program::{SimMachine, SimProcess};

/// From one readiness probe to the next.
const PROBE_EVERY: Duration = Duration::from_millis(100);

impl SimEngine {
    /// That everything the spec names is there.
    pub(super) fn check(&self, spec: &TemplateSpec) -> Result<(), SandboxError> {
        if !self.host.options.bases.iter().any(|base| base.name == spec.base) {
            return Err(SandboxError::NoBase(spec.base.clone()));
        }
        if !self.host.state().layers.contains_key(&spec.code.name) {
            let source = io::Error::from(io::ErrorKind::NotFound);
            return Err(SandboxError::Failed {
                context: format!("opening layer {}", spec.code.name),
                source,
            });
        }
        Ok(())
    }

    /// Boots a machine and waits for its readiness; one that fails is gone when this returns.
    pub(super) async fn bring_up(
        &self,
        spec: &TemplateSpec,
        cell: &Arc<Cell>,
    ) -> Result<Arc<dyn SimProcess>, SandboxError> {
        self.pause(self.host.options.boot_takes).await;
        let machine = SimMachine(Arc::clone(cell));
        let Some(program) = self.host.program(&spec.program.arguments) else {
            machine.print_error(format!("{:?}: no such program", spec.program.arguments));
            machine.exit(127);
            return Err(failed_at_start(cell, Ending::ProgramEnded { code: Some(127), signal: None }));
        };
        let process = program.start(spec, &machine);
        let mut last_probe = "no probe was answered".to_owned();
        let deadline = self.host.clock.now().plus(spec.ready.within);
        tokio::select! {
            biased;
            ending = cell.ended() => Err(failed_at_start(cell, ending)),
            () = self.until_ready(spec, cell, &process, &mut last_probe) => Ok(process),
            () = self.host.clock.sleep_until(deadline) => {
                cell.end(Ending::Stopped);
                Err(SandboxError::NotReady { within: spec.ready.within, last_probe, log: cell.log() })
            }
        }
    }

    async fn until_ready(
        &self,
        spec: &TemplateSpec,
        cell: &Arc<Cell>,
        process: &Arc<dyn SimProcess>,
        last_probe: &mut String,
    ) {
        loop {
            let probe = bare("GET", &spec.ready.path);
            *last_probe = match exchange_with(cell, process, probe).await {
                Ok(reply) if reply.status == 200 => return,
                Ok(reply) => format!("status {}", reply.status),
                Err(error) => error.to_string(),
            };
            self.pause(PROBE_EVERY).await;
        }
    }

    /// Asks the program to do what its template should have done already.
    pub(super) async fn warm_up(
        &self,
        spec: &TemplateSpec,
        cell: &Arc<Cell>,
        process: &Arc<dyn SimProcess>,
    ) -> Result<(), SandboxError> {
        let Some(warmup) = &spec.warmup else { return Ok(()) };
        // A simulated program listens on one port.
        let reason = if warmup.port.is_some_and(|port| port != spec.ready.port) {
            "connection refused".to_owned()
        } else {
            let deadline = self.host.clock.now().plus(warmup.within);
            tokio::select! {
                biased;
                answer = exchange_with(cell, process, bare("POST", &warmup.path)) => match answer {
                    Ok(reply) if (200..300).contains(&reply.status) => return Ok(()),
                    Ok(reply) => format!("status {}", reply.status),
                    Err(error) => error.to_string(),
                },
                () = self.host.clock.sleep_until(deadline) => {
                    format!("no answer within {} s", warmup.within.as_secs())
                }
            }
        };
        cell.end(Ending::Stopped);
        Err(SandboxError::WarmupFailed { reason, log: cell.log() })
    }
}

fn bare(method: &str, target: &str) -> Exchange {
    Exchange {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        length: Some(0),
        body: ByteStream::empty(),
    }
}

fn failed_at_start(cell: &Cell, ending: Ending) -> SandboxError {
    SandboxError::ProgramFailed { ending, log: cell.log() }
}
