//! Which memory is meant.

use anyhow::{Result, bail};
use clap::Args;
use http::Method;
use ids::{MemoryArn, MemoryId};
use serde::Deserialize;

use crate::client::{Client, escaped};

/// A memory as people name it.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlaceArgument {
    /// The memory: its name, id or ARN
    memory: String,
}

/// A memory as the server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(String);

#[derive(Deserialize)]
struct Listed {
    memories: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    memory_id: String,
    name: String,
}

impl Place {
    /// The path of what lies below the memory among Freehold's own operations.
    pub(crate) fn own(&self, below: &str) -> String {
        format!("/_freehold/v1/memories/{}{below}", escaped(&self.0))
    }

    /// The path of what lies below the memory among AgentCore's.
    pub(crate) fn agentcore(&self, below: &str) -> String {
        format!("/memories/{}{below}", escaped(&self.0))
    }
}

impl PlaceArgument {
    /// The one memory that is meant. Asks the server unless it was said exactly.
    pub(crate) fn find(&self, client: &Client) -> Result<Place> {
        if let Ok(arn) = MemoryArn::parse(&self.memory) {
            return Ok(Place(arn.memory.to_string()));
        }
        let listed: Listed =
            serde_json::from_value(client.call(Method::GET, "/_freehold/v1/memories", None)?)?;
        choose(&self.memory, &listed.memories)
    }
}

/// The memory of this id, or of this name. A name may look like an id, so the list decides.
fn choose(text: &str, memories: &[Named]) -> Result<Place> {
    let found = memories.iter().find(|memory| memory.memory_id == text || memory.name == text);
    match found {
        Some(found) => Ok(Place(found.memory_id.clone())),
        // Whoever names an id wants to hear of it from the server.
        None if MemoryId::parse(text).is_ok() => Ok(Place(text.to_owned())),
        None => bail!("there is no memory {text}: `freehold memory list` shows those that there are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_has_two_names() {
        let named = |id: &str, name: &str| Named { memory_id: id.to_owned(), name: name.to_owned() };
        let memories = [named("birds-0123456789", "birds"), named("bird_0-0123456789", "bird_0")];
        for (text, id) in [
            ("birds", "birds-0123456789"),
            ("bird_0-0123456789", "bird_0-0123456789"),
            ("other-0123456789", "other-0123456789"),
        ] {
            assert_eq!(choose(text, &memories).unwrap(), Place(id.to_owned()));
        }
        assert!(choose("bird", &memories).unwrap_err().to_string().contains("memory list"));
        let place = choose("birds", &memories).unwrap();
        assert_eq!(place.own("/report"), "/_freehold/v1/memories/birds%2D0123456789/report");
        assert_eq!(place.agentcore("/retrieve"), "/memories/birds%2D0123456789/retrieve");
    }
}
