//! Answers that the guest gives in the program's stead.

/// The response header that marks them; its value is a [`Failure`]'s name.
pub const HEADER: &str = "x-freehold-error";

/// Why the program did not answer itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens on the program's port: 502.
    Refused,
    /// The program broke off the connection, or its answer is no HTTP: 502.
    Broken,
    /// The machine is about to be frozen: 503.
    Freezing,
    /// Process 1 knows no such path or method, or the authority is unknown: 404.
    Unknown,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Broken, Self::Freezing, Self::Unknown];

    /// The header's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Broken => "broken",
            Self::Freezing => "freezing",
            Self::Unknown => "unknown",
        }
    }

    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Self::Refused | Self::Broken => 502,
            Self::Freezing => 503,
            Self::Unknown => 404,
        }
    }

    /// The failure of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_failures() {
        for failure in Failure::ALL {
            assert_eq!(Failure::from_name(failure.name()), Some(failure));
        }
        assert_eq!(Failure::from_name("other"), None);
    }
}
