//! Whose proof a proof of thoughts is.
//!
//! Providers refuse each other's proofs, and a conversation may go on with another provider than it began with. So
//! an adapter may mark those that its provider gives; who gets a marked one back that is not its own leaves it out.
//! Proofs without a mark are those of Anthropic, also through Bedrock: clients bring them from elsewhere, too.

/// What no provider's proof holds, all of them being base64.
const MARK: char = ':';

/// The proof with the mark of the provider that gave it.
pub(crate) fn mark(provider: &str, proof: &str) -> String {
    format!("{provider}{MARK}{proof}")
}

/// The proof as the provider gave it; `None` if it is somebody else's.
pub(crate) fn unmark<'p>(provider: &str, marked: &'p str) -> Option<&'p str> {
    marked.strip_prefix(provider)?.strip_prefix(MARK)
}

/// Whether a proof bears anybody's mark.
pub(crate) fn is_marked(proof: &str) -> bool {
    proof.contains(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_provider_itself_reads_its_proofs() {
        let marked = mark("gemini", "c2ln");
        assert_eq!(unmark("gemini", &marked), Some("c2ln"));
        assert_eq!(unmark("gem", &marked), None);
        assert_eq!(unmark("gemini", "c2ln"), None);
        assert!(is_marked(&marked) && !is_marked("c2ln+/="));
    }
}
