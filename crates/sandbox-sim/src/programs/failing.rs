//! Programs that fail.

use std::sync::Arc;

use sandbox::{Exchange, TemplateSpec};

use super::{Answer, healthy, never, not_found, now, route};
use crate::program::{NoReply, SimMachine, SimProcess, SimProgram};

/// Exits at its start.
#[derive(Clone, Copy)]
pub(super) struct Crash;

impl SimProgram for Crash {
    fn start(&self, _: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        machine.print_error("Traceback (most recent call last):");
        machine.print_error("ModuleNotFoundError: No module named 'absent'");
        machine.exit(1);
        Arc::new(Hang)
    }
}

/// Exits on its first invocation.
#[derive(Clone, Copy)]
pub(super) struct CrashInRequest;

impl SimProgram for CrashInRequest {
    fn start(&self, _: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

impl SimProcess for CrashInRequest {
    fn exchange(&self, exchange: Exchange, machine: SimMachine) -> Answer {
        match route(&exchange) {
            ("GET", "/ping") => now(healthy()),
            ("POST", "/invocations") => {
                machine.print_error("Fatal: cannot go on");
                machine.exit(3);
                Box::pin(std::future::ready(Err(NoReply("connection reset".to_owned()))))
            }
            _ => now(not_found()),
        }
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

/// Never answers anything.
#[derive(Clone, Copy)]
pub(super) struct Hang;

impl SimProgram for Hang {
    fn start(&self, _: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        machine.print("agent is starting");
        Arc::new(*self)
    }
}

impl SimProcess for Hang {
    fn exchange(&self, _: Exchange, _: SimMachine) -> Answer {
        never()
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

/// Is healthy and never answers an invocation.
#[derive(Clone, Copy)]
pub(super) struct HangInRequest;

impl SimProgram for HangInRequest {
    fn start(&self, _: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

impl SimProcess for HangInRequest {
    fn exchange(&self, exchange: Exchange, _: SimMachine) -> Answer {
        match route(&exchange) {
            ("GET", "/ping") => now(healthy()),
            ("POST", "/invocations") => never(),
            _ => now(not_found()),
        }
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}
