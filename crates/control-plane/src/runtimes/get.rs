//! `GetAgentRuntime`

use control_api::runtimes::{GetAgentRuntime, GetAgentRuntimeRequest, GetAgentRuntimeResponse};
use control_api::shared::LifecycleConfiguration;
use fault::{Fault, Result};
use ids::{AgentRuntimeId, AgentVersion};
use restjson::{Call, Handle, Iso8601};

use super::spec::member;
use super::status;
use crate::ControlPlane;
use crate::token::{account, bad};

impl Handle<GetAgentRuntime> for ControlPlane {
    async fn handle(&self, call: &Call, input: GetAgentRuntimeRequest) -> Result<GetAgentRuntimeResponse> {
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let version = input.agent_runtime_version.as_deref().map(AgentVersion::parse).transpose();
        let version = version.map_err(bad("version"))?;
        let agent = self.runtime.get_agent(&account(call)?, &id, version).await?;
        let document = &agent.document;
        let role = member(document, "roleArn")?;
        Ok(GetAgentRuntimeResponse {
            agent_runtime_arn: agent.arn.to_string(),
            agent_runtime_name: agent.name.to_string(),
            agent_runtime_id: id.to_string(),
            agent_runtime_version: agent.version.to_string(),
            created_at: Iso8601(agent.created_at),
            last_updated_at: Iso8601(agent.updated_at),
            role_arn: role.ok_or_else(|| Fault::internal("a version was stored without its role"))?,
            network_configuration: member(document, "networkConfiguration")?,
            status: status::agent(agent.status),
            lifecycle_configuration: LifecycleConfiguration {
                idle_runtime_session_timeout: i32::try_from(agent.lifecycle.idle.as_secs()).ok(),
                max_lifetime: i32::try_from(agent.lifecycle.lifetime.as_secs()).ok(),
            },
            hooks_configuration: member(document, "hooksConfiguration")?,
            failure_reason: agent.failure,
            description: member(document, "description")?,
            workload_identity_details: None,
            agent_runtime_artifact: member(document, "agentRuntimeArtifact")?,
            protocol_configuration: member(document, "protocolConfiguration")?,
            environment_variables: member(document, "environmentVariables")?,
            authorizer_configuration: None,
            request_header_configuration: member(document, "requestHeaderConfiguration")?,
            metadata_configuration: member(document, "metadataConfiguration")?,
            filesystem_configurations: member(document, "filesystemConfigurations")?,
            capacity_provider_configuration: member(document, "capacityProviderConfiguration")?,
            platform_version: member(document, "platformVersion")?,
            allowed_ports: member(document, "allowedPorts")?,
            resource_configurations: member(document, "resourceConfigurations")?,
        })
    }
}
