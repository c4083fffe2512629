//! Settings of the service.

use std::time::Duration;

use ids::Region;

use crate::rates::RequestRates;
use crate::usage::Prices;

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Options {
    /// The region that ARNs name.
    pub region: Region,
    /// The alias of the model that strategies ask unless they name one.
    pub model: String,
    /// The alias of the embedder. Where it is not configured, search is by words alone.
    pub embedder: String,
    /// A session's events are learned from once there are so many messages,
    pub extract_after_messages: u32,
    /// or so many tokens,
    pub extract_after_tokens: u32,
    /// or nothing came for so long.
    pub extract_when_idle: Duration,
    /// How many sessions are learned from at once.
    pub concurrent_extractions: usize,
    /// How often a model is asked before a job has failed.
    pub extraction_attempts: u32,
    /// How long is remembered what memories were used for.
    pub keep_usage: Duration,
    /// What the use of memories costs.
    pub prices: Prices,
    /// The most memories of an account.
    pub max_memories: usize,
    /// The most strategies of all of an account's memories together.
    pub max_strategies: usize,
    /// How often memories may be called.
    pub request_rates: RequestRates,
}

impl Options {
    /// The defaults, in this region. The limits are AgentCore's default quotas, but for how often memories may be called.
    pub fn new(region: Region) -> Self {
        Self {
            region,
            model: "default".to_owned(),
            embedder: "default".to_owned(),
            extract_after_messages: 6,
            extract_after_tokens: 2_000,
            extract_when_idle: Duration::from_secs(10),
            concurrent_extractions: 4,
            extraction_attempts: 4,
            keep_usage: Duration::from_hours(400 * 24),
            prices: Prices::default(),
            max_memories: 150,
            max_strategies: 900,
            request_rates: RequestRates::default(),
        }
    }
}
