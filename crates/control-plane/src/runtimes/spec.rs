//! What a request says of a version: read into the service's picture, and shown again.

use std::collections::BTreeMap;

use control_api::runtimes::{
    AgentManagedRuntimeType, AgentRuntimeArtifact, Code, CodeConfiguration, CreateAgentRuntimeRequest,
    LifecycleHookAction, ProtocolConfiguration, RequestHeaderConfiguration, ResourceConfiguration,
    RuntimeHooksConfiguration, ServerProtocol, UpdateAgentRuntimeRequest,
};
use control_api::shared::{
    FilesystemConfiguration, LifecycleConfiguration, NetworkConfiguration, NetworkMode,
};
use fault::{Fault, Kind, Result};
use restjson::{IntoDocument, Value, from_document};
use runtime::model::EntryPoint;
use runtime::{AgentSpec, CodeArtifact, Interpreter, Lifecycle, Protocol, SessionStorage, WarmUp};
use serde_json::Map;

use super::headers;

const WRAPPER: &str = "opentelemetry-instrument";

/// Reads the members that describe a version, in the form in which they are shown again.
macro_rules! document {
    ($request:expr, { $($member:ident => $name:literal),* $(,)? }) => {{
        let mut document = Map::new();
        $(
            let value = $request.$member.clone().into_document();
            if !value.is_null() {
                document.insert($name.to_owned(), value);
            }
        )*
        document
    }};
}

pub(super) fn of_create(request: &CreateAgentRuntimeRequest) -> Result<AgentSpec> {
    read(document!(request, {
        agent_runtime_artifact => "agentRuntimeArtifact",
        role_arn => "roleArn",
        network_configuration => "networkConfiguration",
        description => "description",
        authorizer_configuration => "authorizerConfiguration",
        request_header_configuration => "requestHeaderConfiguration",
        protocol_configuration => "protocolConfiguration",
        lifecycle_configuration => "lifecycleConfiguration",
        hooks_configuration => "hooksConfiguration",
        environment_variables => "environmentVariables",
        filesystem_configurations => "filesystemConfigurations",
        capacity_provider_configuration => "capacityProviderConfiguration",
        platform_version => "platformVersion",
        allowed_ports => "allowedPorts",
        resource_configurations => "resourceConfigurations",
    }))
}

pub(super) fn of_update(request: &UpdateAgentRuntimeRequest) -> Result<AgentSpec> {
    read(document!(request, {
        agent_runtime_artifact => "agentRuntimeArtifact",
        role_arn => "roleArn",
        network_configuration => "networkConfiguration",
        description => "description",
        authorizer_configuration => "authorizerConfiguration",
        request_header_configuration => "requestHeaderConfiguration",
        protocol_configuration => "protocolConfiguration",
        lifecycle_configuration => "lifecycleConfiguration",
        hooks_configuration => "hooksConfiguration",
        metadata_configuration => "metadataConfiguration",
        environment_variables => "environmentVariables",
        filesystem_configurations => "filesystemConfigurations",
        capacity_provider_configuration => "capacityProviderConfiguration",
        platform_version => "platformVersion",
        allowed_ports => "allowedPorts",
        resource_configurations => "resourceConfigurations",
    }))
}

/// A stored member again, as a type of the wire.
pub(super) fn member<T: restjson::FromDocument>(document: &Value, name: &str) -> Result<Option<T>> {
    document.get(name).cloned().map(from_document).transpose()
}

fn read(document: Map<String, Value>) -> Result<AgentSpec> {
    let document = Value::Object(document);
    refuse_unbuilt(&document)?;
    let artifact: Option<AgentRuntimeArtifact> = member(&document, "agentRuntimeArtifact")?;
    let Some(AgentRuntimeArtifact::CodeConfiguration(code)) = artifact else {
        return Err(unbuilt("containerConfiguration: deploy a code archive with codeConfiguration instead"));
    };
    let lifecycle: Option<LifecycleConfiguration> = member(&document, "lifecycleConfiguration")?;
    let headers: Option<RequestHeaderConfiguration> = member(&document, "requestHeaderConfiguration")?;
    let allowlist = match headers {
        Some(RequestHeaderConfiguration::RequestHeaderAllowlist(names)) => names,
        None => Vec::new(),
    };
    Ok(AgentSpec {
        artifact: artifact_of(code)?,
        environment: environment(&document)?,
        protocol: protocol(member(&document, "protocolConfiguration")?)?,
        lifecycle: lifecycle_of(&lifecycle.unwrap_or_default())?,
        session_storage: session_storage(member(&document, "filesystemConfigurations")?)?,
        warm_up: warm_up(member(&document, "hooksConfiguration")?),
        header_allowlist: headers::allowlist(allowlist)?,
        minimum_memory_mib: minimum_memory(&document)?,
        description: document.get("description").and_then(Value::as_str).map(str::to_owned),
        document,
    })
}

/// What would change how an agent is isolated, reached or kept is refused rather than ignored.
fn refuse_unbuilt(document: &Value) -> Result<()> {
    if document.get("authorizerConfiguration").is_some() {
        return Err(unbuilt("authorizerConfiguration: callers sign their requests with SigV4"));
    }
    let network: Option<NetworkConfiguration> = member(document, "networkConfiguration")?;
    if network.is_some_and(|network| network.network_mode == NetworkMode::Vpc) {
        return Err(unbuilt("networkConfiguration.networkMode VPC"));
    }
    Ok(())
}

fn unbuilt(what: &str) -> Fault {
    Fault::new(Kind::NotImplemented, format!("Freehold does not support this yet: {what}."))
}

fn artifact_of(code: CodeConfiguration) -> Result<CodeArtifact> {
    let Code::S3(place) = code.code;
    if place.version_id.is_some() {
        return Err(unbuilt("codeConfiguration.code.s3.versionId: the code is kept with the version anyway"));
    }
    let interpreter = interpreter(code.runtime);
    let entry_point = entry_point(&code.entry_point, interpreter)?;
    Ok(CodeArtifact { bucket: place.bucket, key: place.prefix, interpreter, entry_point })
}

fn interpreter(runtime: AgentManagedRuntimeType) -> Interpreter {
    match runtime {
        AgentManagedRuntimeType::Python310 => Interpreter::Python { minor: 10 },
        AgentManagedRuntimeType::Python311 => Interpreter::Python { minor: 11 },
        AgentManagedRuntimeType::Python312 => Interpreter::Python { minor: 12 },
        AgentManagedRuntimeType::Python313 => Interpreter::Python { minor: 13 },
        AgentManagedRuntimeType::Python314 => Interpreter::Python { minor: 14 },
        AgentManagedRuntimeType::Node22 => Interpreter::Node { major: 22 },
    }
}

fn entry_point(words: &[String], interpreter: Interpreter) -> Result<EntryPoint> {
    let refuse = |message: &str| Err(Fault::field(format!("{ARTIFACT}.entryPoint"), message));
    let (file, instrumented) = match words {
        [file] => (file, false),
        [wrapper, file] if wrapper == WRAPPER => (file, true),
        _ => return refuse("must be a file, or opentelemetry-instrument and a file"),
    };
    let (ending, python) = match interpreter {
        Interpreter::Python { .. } => (&[".py"][..], true),
        Interpreter::Node { .. } => (&[".js", ".mjs", ".cjs"][..], false),
    };
    if !ending.iter().any(|ending| file.ends_with(ending)) {
        return refuse(&format!("the file must end in {}", ending.join(", ")));
    }
    if instrumented && !python {
        return refuse("opentelemetry-instrument starts Python programs only");
    }
    if file.starts_with(['/', '-']) || file.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refuse("the file must be a plain path below the archive's root");
    }
    Ok(EntryPoint { file: file.clone(), instrumented })
}

const FILE_SYSTEMS: &str = "filesystemConfigurations";
const ARTIFACT: &str = "agentRuntimeArtifact.codeConfiguration";

fn environment(document: &Value) -> Result<BTreeMap<String, String>> {
    let variables: BTreeMap<String, String> = member(document, "environmentVariables")?.unwrap_or_default();
    for (name, value) in &variables {
        if name.contains(['=', '\0']) || value.contains('\0') {
            return Err(Fault::field(
                "environmentVariables",
                "a variable's name must not contain = and neither name nor value a NUL",
            ));
        }
    }
    Ok(variables)
}

fn protocol(configuration: Option<ProtocolConfiguration>) -> Result<Protocol> {
    let Some(configuration) = configuration else { return Ok(Protocol::default()) };
    if configuration.server_protocol != ServerProtocol::Http {
        return Err(unbuilt(&format!(
            "protocolConfiguration.serverProtocol {}",
            configuration.server_protocol
        )));
    }
    let default = Protocol::default();
    let port = configuration.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(default.port);
    if port == 8443 {
        return Err(Fault::field("protocolConfiguration.port", "8443 is reserved"));
    }
    Ok(Protocol { port, path: configuration.path.unwrap_or(default.path) })
}

fn lifecycle_of(configuration: &LifecycleConfiguration) -> Result<Lifecycle> {
    let seconds = |value: Option<i32>| value.and_then(|value| u64::try_from(value).ok());
    let LifecycleConfiguration { idle_runtime_session_timeout, max_lifetime } = configuration;
    Lifecycle::from_seconds(seconds(*idle_runtime_session_timeout), seconds(*max_lifetime)).ok_or_else(|| {
        Fault::field(
            "lifecycleConfiguration.idleRuntimeSessionTimeout",
            "must not be larger than maxLifetime (28800 unless given)",
        )
    })
}

fn session_storage(systems: Option<Vec<FilesystemConfiguration>>) -> Result<Option<SessionStorage>> {
    let mut storage = None;
    for system in systems.unwrap_or_default() {
        let kind = match system {
            FilesystemConfiguration::SessionStorage(found) if storage.is_none() => {
                storage = Some(SessionStorage { mount: found.mount_path.trim_end_matches('/').to_owned() });
                continue;
            }
            FilesystemConfiguration::SessionStorage(_) => {
                return Err(Fault::field(FILE_SYSTEMS, "at most one sessionStorage"));
            }
            FilesystemConfiguration::S3FilesAccessPoint(_) => "s3FilesAccessPoint",
            FilesystemConfiguration::EfsAccessPoint(_) => "efsAccessPoint",
            FilesystemConfiguration::CapacityProviderVolume(_) => "capacityProviderVolume",
        };
        return Err(unbuilt(&format!("{FILE_SYSTEMS}.{kind}: use sessionStorage")));
    }
    match storage {
        Some(SessionStorage { mount }) if matches!(mount.as_str(), "/mnt/." | "/mnt/..") => {
            Err(Fault::field(FILE_SYSTEMS, "mountPath must name a directory below /mnt"))
        }
        storage => Ok(storage),
    }
}

fn warm_up(hooks: Option<RuntimeHooksConfiguration>) -> Option<WarmUp> {
    let LifecycleHookAction::HttpPost(hook) = hooks?.build?.warmup?.action;
    Some(WarmUp { port: hook.port.and_then(|port| u16::try_from(port).ok()), path: hook.path })
}

/// AgentCore's largest sandbox.
const MOST_MEMORY_MIB: u32 = 8192;

fn minimum_memory(document: &Value) -> Result<Option<u32>> {
    let resources: Vec<ResourceConfiguration> =
        member(document, "resourceConfigurations")?.unwrap_or_default();
    let Some(first) = resources.first() else { return Ok(None) };
    let asked = u32::try_from(first.minimum_memory_in_mi_b).ok();
    let fits = asked.filter(|asked| (1..=MOST_MEMORY_MIB).contains(asked));
    fits.map(Some).ok_or_else(|| {
        Fault::field(
            "resourceConfigurations[0].minimumMemoryInMiB",
            format!("must be 1 to {MOST_MEMORY_MIB}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_is_read_from_the_build_hooks() {
        let hook = |action: Value| serde_json::json!({ "build": { "warmup": { "action": { "httpPost": action } } } });
        let read = |hooks: Value| warm_up(Some(from_document(hooks).unwrap()));
        let on_its_own_port = read(hook(serde_json::json!({ "path": "/warm", "port": 8081 })));
        assert_eq!(on_its_own_port, Some(WarmUp { port: Some(8081), path: "/warm".to_owned() }));
        let plain = read(hook(serde_json::json!({ "path": "/warm" })));
        assert_eq!(plain, Some(WarmUp { port: None, path: "/warm".to_owned() }));
        assert_eq!(read(serde_json::json!({})), None);
        assert_eq!(warm_up(None), None);
    }

    #[test]
    fn entry_points() {
        let python = Interpreter::Python { minor: 11 };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let plain = entry_point(&words(&["src/main.py"]), python).unwrap();
        assert_eq!(plain, EntryPoint { file: "src/main.py".to_owned(), instrumented: false });
        assert!(entry_point(&words(&[WRAPPER, "main.py"]), python).unwrap().instrumented);
        for bad in [
            &["main"][..],
            &["/main.py"],
            &["../main.py"],
            &["-c.py"],
            &["sh", "main.py"],
            &["a", "b", "c.py"],
        ] {
            assert!(entry_point(&words(bad), python).is_err(), "{bad:?}");
        }
    }
}
