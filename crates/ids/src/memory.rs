//! Names of the Memory service's things. The rules are the service model's patterns.

use std::fmt;

use stdx::Rng;

use crate::{AccountId, ArnError, Region, id};

const SUFFIX: usize = 10;

id!(
    /// What a user calls a memory.
    MemoryName,
    "memory name",
    "a letter, then up to 47 letters, digits or underscores",
    is_name
);

id!(
    /// A memory's id: its name, a hyphen and ten letters or digits.
    MemoryId,
    "memory id",
    "a memory's name, a hyphen and ten letters or digits",
    is_generated
);

id!(
    /// What a user calls a strategy of a memory.
    StrategyName,
    "strategy name",
    "a letter, then up to 47 letters, digits or underscores",
    is_name
);

id!(
    /// A strategy's id: its name, a hyphen and ten letters or digits.
    StrategyId,
    "memory strategy id",
    "a strategy's name, a hyphen and ten letters or digits",
    is_generated
);

id!(
    /// Who takes part in a conversation: a user, an agent, a tenant.
    ActorId,
    "actor id",
    "up to 255 letters, digits, hyphens, underscores and slashes, also with single colons between them, beginning with a letter or digit",
    is_actor
);

id!(
    /// A conversation of an actor.
    MemorySessionId,
    "session id",
    "up to 100 letters, digits, hyphens and underscores, beginning with a letter or digit",
    is_word
);

id!(
    /// A line of a conversation that forks from another.
    BranchName,
    "branch name",
    "up to 100 letters, digits, hyphens and underscores, beginning with a letter or digit",
    is_word
);

id!(
    /// An event's id: digits that sort as time does, `#`, hexadecimal digits.
    EventId,
    "event id",
    "digits, a number sign and hexadecimal digits",
    is_event
);

id!(
    /// A memory record's id.
    MemoryRecordId,
    "memory record id",
    "`mem-` and 36 to 46 letters, digits, hyphens or underscores",
    is_record
);

id!(
    /// Where a record belongs, such as `/preferences/actor-7`.
    Namespace,
    "namespace",
    "up to 1024 letters, digits, hyphens, underscores, slashes and asterisks, also with single colons between them",
    is_namespace
);

fn is_name(text: &str) -> bool {
    text.len() <= 48
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_generated(text: &str) -> bool {
    let Some((name, suffix)) = text.rsplit_once('-') else { return false };
    name.len() <= 100
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(is_word_byte)
        && suffix.len() == SUFFIX
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_word(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(is_word_byte)
}

fn is_actor(text: &str) -> bool {
    text.len() <= 255
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && parts_between_colons(text, |byte| is_word_byte(byte) || byte == b'/')
}

fn is_namespace(text: &str) -> bool {
    text.len() <= 1024
        && text.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '/' | '*'))
        && parts_between_colons(text, |byte| is_word_byte(byte) || matches!(byte, b'/' | b'*'))
}

/// Whether all parts between colons have only such bytes, and none is empty.
fn parts_between_colons(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    text.split(':').all(|part| !part.is_empty() && part.bytes().all(&fits))
}

fn is_event(text: &str) -> bool {
    text.split_once('#').is_some_and(|(time, rest)| {
        let filled = !time.is_empty() && !rest.is_empty() && text.len() <= 128;
        filled
            && time.bytes().all(|byte| byte.is_ascii_digit())
            && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn is_record(text: &str) -> bool {
    (40..=50).contains(&text.len())
        && text.strip_prefix("mem-").is_some_and(|rest| rest.bytes().all(is_word_byte))
}

impl MemoryId {
    /// A new id for a memory of this name.
    pub fn generate(name: &MemoryName, rng: &dyn Rng) -> Self {
        Self(format!("{name}-{}", rng.alphanumeric(SUFFIX)))
    }

    /// Parses an id, or an ARN of a memory; an ARN's region and account have to be checked by whoever knows them.
    pub fn parse_id_or_arn(text: &str) -> Result<(Self, Option<MemoryArn>), ArnError> {
        if text.starts_with("arn:") {
            let arn = MemoryArn::parse(text)?;
            return Ok((arn.memory.clone(), Some(arn)));
        }
        Ok((Self::parse(text)?, None))
    }
}

impl StrategyId {
    /// A new id for a strategy of this name.
    pub fn generate(name: &StrategyName, rng: &dyn Rng) -> Self {
        Self(format!("{name}-{}", rng.alphanumeric(SUFFIX)))
    }
}

impl MemoryRecordId {
    /// A new id.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(format!("mem-{}", rng.alphanumeric(36)))
    }
}

/// A memory's ARN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemoryArn {
    /// Where it is.
    pub region: Region,
    /// Whose it is.
    pub account: AccountId,
    /// Which memory.
    pub memory: MemoryId,
}

impl MemoryArn {
    /// Parses an ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "bedrock-agentcore", region, account, resource] = parts.as_slice() else {
            return Err(ArnError::Shape);
        };
        let memory = resource.strip_prefix("memory/").ok_or(ArnError::Shape)?;
        if !(*partition == "aws" || partition.starts_with("aws-")) {
            return Err(ArnError::Shape);
        }
        Ok(Self {
            region: Region::parse(region)?,
            account: AccountId::parse(account)?,
            memory: MemoryId::parse(memory)?,
        })
    }
}

impl fmt::Display for MemoryArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, memory } = self;
        write!(formatter, "arn:aws:bedrock-agentcore:{region}:{account}:memory/{memory}")
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededRng;

    use super::*;

    #[test]
    fn what_is_generated_can_be_parsed() {
        let rng = SeededRng::new(7);
        let id = MemoryId::generate(&MemoryName::parse("notes").unwrap(), &rng);
        assert_eq!(MemoryId::parse(id.as_str()), Ok(id.clone()));
        let record = MemoryRecordId::generate(&rng);
        assert_eq!(MemoryRecordId::parse(record.as_str()), Ok(record.clone()));
        assert_eq!(record.as_str().len(), 40);
        let text = format!("arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/{id}");
        let (parsed, arn) = MemoryId::parse_id_or_arn(&text).unwrap();
        assert_eq!((parsed, arn.unwrap().to_string()), (id, text));
    }

    #[test]
    fn the_models_patterns_hold() {
        for good in ["a", "user/7", "tenant:user", "a:b/c:d-_"] {
            assert!(ActorId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a:", ":a", "a::b", "a b", "ä", "a\u{0}b"] {
            assert!(ActorId::parse(bad).is_err(), "{bad}");
        }
        for good in ["/", "/a/b", "*", "a:b", "/strategy/x/actor/y:z"] {
            assert!(Namespace::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "/a b", "/{actorId}", "/a:"] {
            assert!(Namespace::parse(bad).is_err(), "{bad}");
        }
        assert!(EventId::parse("0000001726000000000#0af3").is_ok());
        for bad in ["#a", "1#", "1", "1#g", "a#1"] {
            assert!(EventId::parse(bad).is_err(), "{bad}");
        }
    }
}
