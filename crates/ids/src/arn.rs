//! ARNs of the Runtime service.

use std::fmt;

use crate::{AccountId, AgentRuntimeId, EndpointName, IdError, Region};

/// An agent runtime's ARN, or that of one of its endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuntimeArn {
    /// Where it is.
    pub region: Region,
    /// Whose it is.
    pub account: AccountId,
    /// Which runtime.
    pub runtime: AgentRuntimeId,
    /// Which endpoint, if the ARN names one.
    pub endpoint: Option<EndpointName>,
}

/// A text is no ARN of an agent runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// It has not the shape `arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:runtime/ID[/runtime-endpoint/NAME]`.
    #[error("not the ARN of an agent runtime")]
    Shape,
    /// One of its parts is not what it should be.
    #[error(transparent)]
    Part(#[from] IdError),
}

impl RuntimeArn {
    /// Parses an ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "bedrock-agentcore", region, account, resource] = parts.as_slice() else {
            return Err(ArnError::Shape);
        };
        if !(*partition == "aws" || partition.starts_with("aws-")) {
            return Err(ArnError::Shape);
        }
        let (runtime, endpoint) = match resource.split('/').collect::<Vec<_>>().as_slice() {
            ["runtime", runtime] => (*runtime, None),
            ["runtime", runtime, "runtime-endpoint", endpoint] => (*runtime, Some(*endpoint)),
            _ => return Err(ArnError::Shape),
        };
        Ok(Self {
            region: Region::parse(region)?,
            account: AccountId::parse(account)?,
            runtime: AgentRuntimeId::parse(runtime)?,
            endpoint: endpoint.map(EndpointName::parse).transpose()?,
        })
    }

    /// The ARN of one of this runtime's endpoints.
    #[must_use]
    pub fn with_endpoint(&self, endpoint: EndpointName) -> Self {
        Self { endpoint: Some(endpoint), ..self.clone() }
    }
}

impl fmt::Display for RuntimeArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, runtime, endpoint } = self;
        write!(formatter, "arn:aws:bedrock-agentcore:{region}:{account}:runtime/{runtime}")?;
        endpoint.iter().try_for_each(|endpoint| write!(formatter, "/runtime-endpoint/{endpoint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_survive_printing_and_parsing() {
        for text in [
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij",
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij/runtime-endpoint/DEFAULT",
        ] {
            assert_eq!(RuntimeArn::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_arns_are_refused() {
        for text in [
            "",
            "arn:aws:s3:us-east-1:000000000000:runtime/hello-abcdefghij",
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/hello-abcdefghij",
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij/x",
            "arn:aws:bedrock-agentcore:us-east-1:0:runtime/hello-abcdefghij",
        ] {
            assert!(RuntimeArn::parse(text).is_err(), "{text}");
        }
    }
}
