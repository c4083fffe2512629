//! Which alias a model id names.

use inference::{Attribution, ErrorKind, Events, Inference as _, ModelError, Request};

use crate::BedrockPlane;

/// The model's name in the ARN of a foundation model, an inference profile or whatever else Bedrock has.
pub(crate) fn within_arn(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
}

impl BedrockPlane {
    /// Asks a model. Somebody may have configured an ARN as it stands; else the model that it names is asked.
    pub(crate) async fn ask(&self, mut request: Request, whom: &Attribution) -> Result<Events, ModelError> {
        let Some(name) = within_arn(&request.model).map(str::to_owned) else {
            return self.models.converse(request, whom).await;
        };
        match self.models.converse(request.clone(), whom).await {
            Err(error) if *error.kind() == ErrorKind::NotConfigured => {}
            other => return other,
        }
        request.model = name;
        self.models.converse(request, whom).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_end_in_a_name() {
        let profile = "arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.amazon.nova-lite-v1:0";
        assert_eq!(within_arn(profile), Some("us.amazon.nova-lite-v1:0"));
        assert_eq!(within_arn("arn:aws:bedrock:us-east-1::foundation-model/"), None);
        assert_eq!(within_arn("team/model"), None);
    }
}
