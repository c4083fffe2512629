//! A session as the server shows it, and as people read it.

use serde::Deserialize;

use crate::table::size;

/// A session as the server shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) agent_runtime_id: String,
    pub(super) endpoint_name: String,
    pub(super) session_id: String,
    pub(super) agent_runtime_version: String,
    pub(super) state: String,
    pub(super) requests: Option<u32>,
    pub(super) user_id: Option<String>,
    pub(super) started_at: String,
    pub(super) last_used_at: String,
    pub(super) ends_at: Option<String>,
    pub(super) suspended_at: Option<String>,
    pub(super) stored_bytes: Option<u64>,
    pub(super) ended_at: Option<String>,
    pub(super) end_reason: Option<String>,
}

impl Record {
    /// The state in a few words.
    pub(super) fn state(&self) -> String {
        let state = self.state.to_lowercase();
        match (self.requests, self.stored_bytes) {
            (Some(requests), _) => format!("{state}, {requests} under way"),
            (None, Some(bytes)) => format!("{state}, {} kept", size(bytes)),
            (None, None) => state,
        }
    }

    /// Whether it is only remembered.
    pub(super) fn has_ended(&self) -> bool {
        self.state == "ENDED"
    }

    /// Everything about it, a line each.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let optional = |text: &Option<String>| text.as_deref().map(moment);
        let known = [
            ("session", Some(self.session_id.clone())),
            ("agent", Some(self.agent_runtime_id.clone())),
            ("endpoint", Some(self.endpoint_name.clone())),
            ("version", Some(self.agent_runtime_version.clone())),
            ("state", Some(self.state())),
            ("user", self.user_id.clone()),
            ("started", Some(moment(&self.started_at))),
            ("last used", Some(moment(&self.last_used_at))),
            ("suspended", optional(&self.suspended_at)),
            ("ends", optional(&self.ends_at)),
            ("ended", optional(&self.ended_at)),
            ("because", self.end_reason.clone()),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A moment for people: to the second.
pub(crate) fn moment(text: &str) -> String {
    let seconds = text.split('.').next().unwrap_or(text).trim_end_matches('Z');
    format!("{} UTC", seconds.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_to_the_second() {
        assert_eq!(moment("2026-11-21T05:30:00.123Z"), "2026-11-21 05:30:00 UTC");
        assert_eq!(moment("2026-11-21T05:30:00Z"), "2026-11-21 05:30:00 UTC");
    }
}
