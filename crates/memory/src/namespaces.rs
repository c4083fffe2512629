//! Where records belong: namespaces, and the templates that they come from.

use serde::{Deserialize, Serialize};

/// A namespace with variables, such as `/preferences/{actorId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(String);
