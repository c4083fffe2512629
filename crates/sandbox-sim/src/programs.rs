//! The programs that every simulated disk holds.
//!
//! | name | what it does |
//! | --- | --- |
//! | `agent`, `main` | counts: `POST /invocations` answers `{"count":n,"received":…}`; `GET /ping` is `Healthy`; and what the contract suite asks of an agent |
//! | `crash` | prints a traceback and exits 1 at its start |
//! | `crash_in_request` | exits 3 on `POST /invocations` |
//! | `hang` | starts and never answers anything |
//! | `hang_in_request` | is healthy, never answers `POST /invocations` |
//! | `busy` | its ping says `HealthyBusy`, with the time of its start |
//! | `sse` | answers `POST /invocations` with three server-sent events |

mod agent;
mod failing;
mod speaking;

use std::collections::BTreeMap;
use std::sync::Arc;

use sandbox::{Exchange, Reply};
use stdx::BoxFuture;

use crate::program::{NoReply, SimProgram, reply};

type Answer = BoxFuture<'static, Result<Reply, NoReply>>;

/// Every program with its name.
pub(crate) fn all() -> BTreeMap<String, Arc<dyn SimProgram>> {
    let programs: [(&str, Arc<dyn SimProgram>); 8] = [
        ("agent", Arc::new(agent::Agent)),
        ("main", Arc::new(agent::Agent)),
        ("crash", Arc::new(failing::Crash)),
        ("crash_in_request", Arc::new(failing::CrashInRequest)),
        ("hang", Arc::new(failing::Hang)),
        ("hang_in_request", Arc::new(failing::HangInRequest)),
        ("busy", Arc::new(speaking::Busy)),
        ("sse", Arc::new(speaking::Sse)),
    ];
    programs.into_iter().map(|(name, program)| (name.to_owned(), program)).collect()
}

/// Method and path, without the query.
fn route(exchange: &Exchange) -> (&str, &str) {
    let path = exchange.target.split('?').next().unwrap_or_default();
    (&exchange.method, path)
}

fn healthy() -> Reply {
    reply(200, "application/json", stdx::ByteStream::once(r#"{"status":"Healthy"}"#))
}

fn not_found() -> Reply {
    reply(404, "text/plain", stdx::ByteStream::once("no such path"))
}

fn now(answer: Reply) -> Answer {
    Box::pin(std::future::ready(Ok(answer)))
}

fn never() -> Answer {
    Box::pin(std::future::pending())
}
