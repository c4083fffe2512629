//! One life of the service, with words for what tests do to it.

use std::collections::BTreeMap;
use std::ops::Deref;

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId, AgentRuntimeName, EndpointName, RuntimeSessionId};
use runtime::agents::{AcceptedAgent, Agent, CreateAgent, UpdateAgent};
use runtime::model::EntryPoint;
use runtime::sessions::SessionKey;
use runtime::{
    AgentSpec, CodeArtifact, Interpreter, Invocation, InvocationReply, Lifecycle, Protocol, Runtime, Status,
};
use serde_json::{Value, json};
use stdx::ByteStream;

use super::{World, until, zip};

pub(crate) struct Server<'a> {
    pub(super) world: &'a World,
    pub(crate) runtime: Runtime,
}

impl Deref for Server<'_> {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.runtime
    }
}

pub(crate) fn account() -> AccountId {
    AccountId::parse("000000000000").unwrap()
}

/// A version whose code is the object `program` with the file `program.py`.
pub(crate) fn spec(program: &str) -> AgentSpec {
    AgentSpec {
        artifact: CodeArtifact {
            bucket: "code".to_owned(),
            key: program.to_owned(),
            interpreter: Interpreter::Python { minor: 11 },
            entry_point: EntryPoint { file: format!("{program}.py"), instrumented: false },
        },
        environment: BTreeMap::new(),
        protocol: Protocol::default(),
        warm_up: None,
        session_storage: None,
        lifecycle: Lifecycle::from_seconds(None, None).unwrap(),
        header_allowlist: vec!["x-tenant".to_owned()],
        minimum_memory_mib: None,
        description: Some(format!("runs {program}")),
        document: json!({ "program": program }),
    }
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind().clone()
}

pub(crate) fn settled(status: Status) -> bool {
    !matches!(status, Status::Creating | Status::Updating | Status::Deleting)
}

pub(crate) async fn text(reply: InvocationReply) -> String {
    let body = reply.body.collect(1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

impl Server<'_> {
    /// Uploads a program's code, a file of its name.
    pub(crate) async fn upload(&self, program: &str) {
        let file = format!("{program}.py");
        self.world.upload(program, zip(&[(&file, "pass"), ("lib/helper.py", "pass")])).await;
    }

    pub(crate) async fn try_create(&self, name: &str, spec: AgentSpec) -> Result<AcceptedAgent> {
        let name = AgentRuntimeName::parse(name).unwrap();
        let request = CreateAgent { account: account(), name, spec, tags: BTreeMap::new(), token: None };
        self.create_agent(request).await
    }

    /// Creates a runtime from a program of the simulated disk, without waiting for it.
    pub(crate) async fn begin(&self, program: &str) -> AgentRuntimeId {
        self.upload(program).await;
        self.try_create(program, spec(program)).await.unwrap().id
    }

    /// Creates a runtime from a program of the simulated disk and waits until its version is built or has failed.
    pub(crate) async fn create(&self, program: &str) -> AgentRuntimeId {
        let id = self.begin(program).await;
        self.settled(&id).await;
        id
    }

    /// Creates a runtime from the spec and waits for what comes of it.
    pub(crate) async fn create_from(&self, spec: AgentSpec) -> Agent {
        let accepted = self.try_create("agent", spec).await.unwrap();
        self.settled(&accepted.id).await
    }

    /// Begins the next version.
    pub(crate) async fn try_update(&self, id: &AgentRuntimeId, program: &str) -> Result<AcceptedAgent> {
        self.upload(program).await;
        let request = UpdateAgent { account: account(), id: id.clone(), spec: spec(program), token: None };
        self.update_agent(request).await
    }

    /// Adds a version and waits until it is built or has failed.
    pub(crate) async fn update(&self, id: &AgentRuntimeId, program: &str) -> Agent {
        self.try_update(id, program).await.unwrap();
        self.settled(id).await
    }

    pub(crate) async fn get(&self, id: &AgentRuntimeId) -> Result<Agent> {
        self.get_agent(&account(), id, None).await
    }

    pub(crate) async fn settled(&self, id: &AgentRuntimeId) -> Agent {
        until("the version is built", async || {
            let agent = self.get(id).await.unwrap();
            settled(agent.status).then_some(agent)
        })
        .await
    }

    pub(crate) async fn delete(&self, id: &AgentRuntimeId) {
        self.delete_agent(&account(), id, None).await.unwrap();
        self.gone(id).await;
        // The records go first, the files right after.
        until("its templates are gone", async || {
            let prefix = format!("{id}.");
            let left = self.world.templates().iter().any(|template| template.starts_with(&prefix));
            (!left).then_some(())
        })
        .await;
    }

    pub(crate) async fn gone(&self, id: &AgentRuntimeId) {
        until("the runtime is gone", async || self.get(id).await.is_err().then_some(())).await;
    }

    /// The session of this number through `DEFAULT`.
    pub(crate) fn session_of(&self, id: &AgentRuntimeId, number: usize) -> SessionKey {
        SessionKey {
            account: account(),
            runtime: id.clone(),
            endpoint: EndpointName::default_endpoint(),
            id: RuntimeSessionId::parse(&format!("session-{number:032}")).unwrap(),
        }
    }

    pub(crate) async fn invoke_with(
        &self,
        session: &SessionKey,
        body: impl Into<bytes::Bytes>,
        headers: &[(&str, &str)],
    ) -> Result<InvocationReply> {
        let body = body.into();
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        let invocation = Invocation {
            session: session.clone(),
            request_id: "request-1".to_owned(),
            headers,
            user_id: Some("user-1".to_owned()),
            length: Some(body.len() as u64),
            body: ByteStream::once(body),
        };
        self.runtime.invoke(invocation).await
    }

    pub(crate) async fn say(&self, session: &SessionKey, body: &'static str) -> Result<InvocationReply> {
        self.invoke_with(session, body, &[]).await
    }

    /// Invokes and reads the answer.
    pub(crate) async fn answer(&self, session: &SessionKey) -> Result<Value> {
        let reply = self.say(session, "{}").await?;
        Ok(serde_json::from_str(&text(reply).await).unwrap())
    }

    /// Which invocation of its session's agent this one is.
    pub(crate) async fn count(&self, session: &SessionKey) -> Result<u64> {
        Ok(self.answer(session).await?["count"].as_u64().unwrap())
    }

    /// Which version answers. Only the probe knows.
    pub(crate) async fn version(&self, session: &SessionKey) -> Result<u64> {
        let answer = self.answer(session).await?;
        let (_, number) = answer["template"].as_str().unwrap().rsplit_once('.').unwrap();
        Ok(number.parse().unwrap())
    }

    /// What an invocation is refused with.
    pub(crate) async fn refusal(&self, session: &SessionKey, body: &'static str) -> Fault {
        self.say(session, body).await.unwrap_err()
    }

    /// Waits until no session lives.
    pub(crate) async fn quiet(&self) {
        until("no session lives", async || (self.live_sessions() == 0).then_some(())).await;
    }
}
