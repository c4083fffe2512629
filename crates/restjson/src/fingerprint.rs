//! What a call asks for, as a hash.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::spec::{Location, OperationSpec};

/// A stable hash of a call's parameters.
///
/// Covered are the operation and every member of its input except those in headers, the client token and where and how
/// long a page is: a replay has the fingerprint of its first call, and so have all pages of one listing. The order of
/// members, absent members and `null`s make no difference. The account is not covered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

const PAGING: [&str; 2] = ["nextToken", "maxResults"];

impl Fingerprint {
    /// The fingerprint of `input` to this operation.
    pub(crate) fn of(spec: &OperationSpec, input: &Value) -> Self {
        let mut hash = Sha256::new();
        text(&mut hash, spec.name);
        if let Value::Object(members) = input {
            let covered = |name: &str| {
                spec.token != Some(name)
                    && !PAGING.contains(&name)
                    && !spec
                        .input
                        .iter()
                        .any(|bound| bound.member == name && matches!(bound.location, Location::Header(_)))
            };
            object(&mut hash, members.iter().filter(|(name, _)| covered(name)));
        }
        Self(hash.finalize().into())
    }

    /// The hash itself.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

// Every value is written with a mark of its kind and, where it can vary, its length: no two inputs run together.

fn value(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"0"),
        Value::Bool(false) => hash.update(b"f"),
        Value::Bool(true) => hash.update(b"t"),
        Value::Number(number) => {
            hash.update(b"n");
            text(hash, &number.to_string());
        }
        Value::String(string) => {
            hash.update(b"s");
            text(hash, string);
        }
        Value::Array(items) => {
            hash.update(b"a");
            length(hash, items.len());
            items.iter().for_each(|item| self::value(hash, item));
        }
        Value::Object(members) => object(hash, members.iter()),
    }
}

fn object<'a>(hash: &mut Sha256, members: impl Iterator<Item = (&'a String, &'a Value)>) {
    let mut members: Vec<_> = members.filter(|(_, value)| !value.is_null()).collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    hash.update(b"o");
    length(hash, members.len());
    for (name, member) in members {
        text(hash, name);
        value(hash, member);
    }
}

fn text(hash: &mut Sha256, text: &str) {
    length(hash, text.len());
    hash.update(text);
}

fn length(hash: &mut Sha256, length: usize) {
    hash.update((length as u64).to_be_bytes());
}
