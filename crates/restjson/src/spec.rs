//! What the generator knows of an operation, as data.

pub use http::Method;

use crate::error::ErrorShape;
use crate::timestamp::Format;

/// Which service an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// `bedrock-agentcore-control`: making, changing and deleting resources.
    Control,
    /// `bedrock-agentcore`: using them.
    Data,
    /// `bedrock-runtime`: asking models.
    BedrockRuntime,
    /// `bedrock`: which models there are.
    Bedrock,
    /// What is ours and in no model.
    Extension,
}

impl Service {
    /// The service's name, published if it is in a model.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "bedrock-agentcore-control",
            Self::Data => "bedrock-agentcore",
            Self::BedrockRuntime => "bedrock-runtime",
            Self::Bedrock => "bedrock",
            Self::Extension => "freehold",
        }
    }
}

/// One operation: everything that its request and its answer have to keep to.
#[derive(Debug)]
pub struct OperationSpec {
    /// The operation's name, such as `CreateMemory`.
    pub name: &'static str,
    /// The service that it belongs to.
    pub service: Service,
    /// The HTTP method.
    pub method: Method,
    /// The path after its first slash, cut at the slashes; a trailing slash is a last, empty literal.
    pub path: &'static [Segment],
    /// The status of a successful answer, unless a status member says otherwise.
    pub success: u16,
    /// The errors that a caller may get.
    pub errors: &'static [ErrorShape],
    /// The member that makes the call idempotent.
    pub token: Option<&'static str>,
    /// Input members outside the body.
    pub input: &'static [Binding],
    /// What the request's body holds.
    pub request: Payload,
    /// Output members outside the body.
    pub output: &'static [Binding],
    /// What the answer's body holds.
    pub response: Payload,
}

/// One segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this text.
    Literal(&'static str),
    /// Any non-empty text: the value of this member.
    Label(&'static str),
}

/// A member that travels outside the body.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The member's name in the model.
    pub member: &'static str,
    /// Where it travels, and under which name.
    pub location: Location,
    /// How its text reads.
    pub scalar: Scalar,
    /// Whether it is a list of such values.
    pub many: bool,
}

/// Where a member outside the body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the query, under this name.
    Query(&'static str),
    /// In the header of this (lower-case) name.
    Header(&'static str),
    /// As the answer's status.
    Status,
}

/// How the text of a member outside the body reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// As it stands.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment, written in this format.
    Timestamp(Format),
}

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing.
    None,
    /// A JSON object of all members that travel nowhere else.
    Members,
    /// This one member as a JSON document.
    Document(&'static str),
    /// This one member as raw bytes.
    Blob(&'static str),
    /// This one member as a stream of events.
    Events(&'static str),
}

impl OperationSpec {
    /// The path as the model writes it, for people.
    pub fn path_template(&self) -> String {
        self.path.iter().fold(String::new(), |mut path, segment| {
            path.push('/');
            match segment {
                Segment::Literal(text) => path.push_str(text),
                Segment::Label(member) => path.extend(["{", member, "}"]),
            }
            path
        })
    }

    /// The labels of a raw path that this operation matched: member and undecoded value.
    pub fn labels<'a>(&self, raw_path: &'a str) -> impl Iterator<Item = (&'static str, &'a str)> {
        let segments = raw_path.strip_prefix('/').unwrap_or(raw_path).split('/');
        self.path.iter().zip(segments).filter_map(|(template, raw)| match template {
            Segment::Literal(_) => None,
            Segment::Label(member) => Some((*member, raw)),
        })
    }
}
