//! Versions: immutable, each built once into a template that sessions start from.

mod build;
mod code;
mod reason;
mod template;
mod worker;

pub(crate) use reason::{describe as describe_ending, quote as quote_log};

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::future::Shared;
use ids::{AccountId, AgentRuntimeId, AgentVersion};
use sandbox::{Layer, LayerName, TemplateName};
use stdx::{BoxFuture, Timestamp};
use store::{Digest, Expect, Write, claims};
use tokio::sync::Semaphore;

use crate::code_source::CodeObject;
use crate::model::{AgentSpec, EntryPoint};
use crate::rows::{BUILDS, VERSIONS, VersionRow, VersionState, claimant, version_key};

/// Where code is found inside a sandbox.
pub(crate) const CODE_MOUNT: &str = "/var/task";

/// The rows of a new version: itself, the wish to have it built, and the claim on its code.
pub(crate) fn new_version(
    account: &AccountId,
    id: &AgentRuntimeId,
    number: AgentVersion,
    spec: &AgentSpec,
    code: &CodeObject,
    now: Timestamp,
) -> [Write; 4] {
    let row = VersionRow {
        runtime: id.clone(),
        number,
        spec: spec.clone(),
        code: code.digest.clone(),
        state: VersionState::Building,
        created_at: now,
    };
    [
        VERSIONS.put(version_key(account, id, number), &row, Expect::Absent),
        BUILDS.put(version_key(account, id, number), &(), Expect::Any),
        code.standing.clone(),
        claims::claim(&code.digest, &claimant(id, number)),
    ]
}

/// Removes what [`new_version`] wrote.
pub(crate) fn drop_version(account: &AccountId, version: &VersionRow) -> [Write; 3] {
    let key = version_key(account, &version.runtime, version.number);
    [
        VERSIONS.delete(key.clone(), Expect::Any),
        BUILDS.delete(key, Expect::Any),
        claims::release(&version.code, &claimant(&version.runtime, version.number)),
    ]
}

/// What the engine calls a version's template.
pub(crate) fn template_name(id: &AgentRuntimeId, number: AgentVersion) -> TemplateName {
    TemplateName::parse(&format!("{id}.{number}")).expect("a runtime id and a number make a plain name")
}

/// What the engine calls the layer of some code.
pub(crate) fn layer_name(code: &Digest) -> LayerName {
    LayerName::parse(&format!("code-{code}")).expect("a digest makes a plain name")
}

/// What is known of templates and layers since the start of the process.
pub(crate) struct Templates {
    /// Layers by their code and what was found to be in it. Whoever holds the lock makes a layer or removes one:
    /// a version claims its code before it asks for the layer, so a layer that is wanted is never removed.
    layers: tokio::sync::Mutex<HashMap<(Digest, EntryPoint), Layer>>,
    /// How many templates may be made at the same time, for whatever reason.
    turns: Semaphore,
    /// Templates that are being made again because a session needs one that is gone; all who need it wait for one.
    remade: Mutex<HashMap<TemplateName, Remaking>>,
}

impl Templates {
    pub(crate) fn new(at_once: usize) -> Self {
        Self { layers: Default::default(), turns: Semaphore::new(at_once), remade: Mutex::default() }
    }
}

type Remaking = Shared<BoxFuture<'static, Result<(), String>>>;
