//! Programs that show one shape of answer each.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use sandbox::{Exchange, TemplateSpec};
use stdx::{ByteStream, Timestamp};

use super::{Answer, healthy, not_found, now, route};
use crate::program::{SimMachine, SimProcess, SimProgram, reply};

/// Says that it is busy since its start.
#[derive(Clone, Copy)]
pub(super) struct Busy;

#[derive(Clone, Copy)]
struct BusySince(Timestamp);

impl SimProgram for Busy {
    fn start(&self, _: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        Arc::new(BusySince(machine.clock().now()))
    }
}

impl SimProcess for BusySince {
    fn exchange(&self, exchange: Exchange, _: SimMachine) -> Answer {
        let since = self.0.as_secs();
        let ping = format!(r#"{{"status":"HealthyBusy","time_of_last_update":{since}}}"#);
        match route(&exchange) {
            ("GET", "/ping") => now(reply(200, "application/json", ByteStream::once(ping))),
            ("POST", "/invocations") => now(reply(200, "application/json", ByteStream::once("{}"))),
            _ => now(not_found()),
        }
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

/// Streams server-sent events.
#[derive(Clone, Copy)]
pub(super) struct Sse;

impl SimProgram for Sse {
    fn start(&self, _: &TemplateSpec, _: &SimMachine) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}

impl SimProcess for Sse {
    fn exchange(&self, exchange: Exchange, _: SimMachine) -> Answer {
        let events = (1..=3).map(|number| Ok(Bytes::from(format!("data: {{\"part\":{number}}}\n\n"))));
        match route(&exchange) {
            ("GET", "/ping") => now(healthy()),
            ("POST", "/invocations") => {
                now(reply(200, "text/event-stream", ByteStream::new(stream::iter(events))))
            }
            _ => now(not_found()),
        }
    }

    fn fork(&self) -> Arc<dyn SimProcess> {
        Arc::new(*self)
    }
}
