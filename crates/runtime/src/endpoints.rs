//! Endpoints: names that point at versions.

mod create;
mod delete;
mod read;
mod update;

use ids::{AgentVersion, EndpointName, RuntimeArn};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;

use crate::model::Status;

pub use create::CreateEndpoint;
pub use update::UpdateEndpoint;

/// An endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The ARN of the runtime.
    pub runtime: RuntimeArn,
    /// Its name.
    pub name: EndpointName,
    /// Its id.
    pub id: String,
    /// The version that sessions are started with now.
    pub live: Option<AgentVersion>,
    /// The version it goes over to.
    pub target: AgentVersion,
    /// Its description.
    pub description: Option<String>,
    /// Its state.
    pub status: Status,
    /// Why it cannot go over.
    pub failure: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What creating or updating an endpoint answers. Kept with the client token, to be answered again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedEndpoint {
    /// Its name.
    pub name: EndpointName,
    /// The version that sessions are started with now.
    pub live: Option<AgentVersion>,
    /// The version it goes over to.
    pub target: AgentVersion,
    /// Its state.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}
