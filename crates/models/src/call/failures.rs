//! What has failed on the way to an answer.

use inference::ModelError;

use crate::catalog::Target;

/// Targets that did not answer, and why.
#[derive(Default)]
pub(super) struct Failures(Vec<(String, ModelError)>);

impl Failures {
    pub(super) fn push(&mut self, target: &Target, error: ModelError) {
        let target = format!("{}/{}", target.provider, target.model);
        tracing::warn!(target, error = %error, "a model did not answer");
        self.0.push((target, error));
    }

    /// One failure as it is. Of several, the first that may pass by itself says what the caller can do; all say why.
    pub(super) fn into_error(mut self) -> Option<ModelError> {
        if self.0.len() < 2 {
            return self.0.pop().map(|(_, error)| error);
        }
        let kinds = || self.0.iter().map(|(_, error)| error.kind());
        let kind = kinds().find(|kind| kind.is_transient()).or_else(|| kinds().next())?.clone();
        let each = self.0.iter().map(|(target, error)| format!("{target}: {}", error.message()));
        let message = format!("No model answered. {}", each.collect::<Vec<_>>().join("; "));
        Some(ModelError::new(kind, message))
    }
}

#[cfg(test)]
mod tests {
    use inference::ErrorKind;

    use super::*;

    #[test]
    fn of_several_failures_the_one_that_may_pass_leads() {
        let target =
            |provider: &str| Target { provider: provider.to_owned(), model: "m".to_owned(), weight: 1 };
        let mut failures = Failures::default();
        failures.push(&target("one"), ModelError::new(ErrorKind::AccessDenied, "no key"));
        failures.push(&target("two"), ModelError::new(ErrorKind::Timeout, "too late"));
        let error = failures.into_error().unwrap();
        assert_eq!(error.kind(), &ErrorKind::Timeout);
        assert_eq!(error.message(), "No model answered. one/m: no key; two/m: too late");
    }
}
