//! Finds the operation of a method and a raw path: a tree of segments, labels tried after literals.
//!
//! The path is cut at its slashes before anything is decoded, so a label may hold `%2F`. A trailing slash is an empty
//! last segment; labels are never empty, so it only matches where the model writes it.

use std::collections::HashMap;

use http::Method;

use crate::spec::{OperationSpec, Segment};

/// The operations of both services by path and method.
#[derive(Debug)]
pub(crate) struct Router {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, usize>,
    label: Option<usize>,
    operations: Vec<(Method, usize)>,
}

/// Why a request belongs to no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    Path,
    /// The path is known with these methods only.
    Method(Vec<Method>),
}

impl Router {
    /// A router whose answers are positions in `operations`. Two operations with one method and one form of path are
    /// an error in the model.
    pub(crate) fn new(operations: &[&'static OperationSpec]) -> Self {
        let mut router = Self { nodes: vec![Node::default()] };
        for (position, spec) in operations.iter().enumerate() {
            let end = spec.path.iter().fold(0, |node, segment| router.child(node, *segment));
            let taken = router.nodes[end].operations.iter().any(|(method, _)| *method == spec.method);
            assert!(!taken, "{} has the route of another operation", spec.name);
            router.nodes[end].operations.push((spec.method.clone(), position));
        }
        router
    }

    fn child(&mut self, parent: usize, segment: Segment) -> usize {
        let fresh = self.nodes.len();
        let node = &mut self.nodes[parent];
        let child = match segment {
            Segment::Literal(text) => *node.literals.entry(text).or_insert(fresh),
            Segment::Label(_) => *node.label.get_or_insert(fresh),
        };
        if child == fresh {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The position of the operation.
    pub(crate) fn find(&self, method: &Method, raw_path: &str) -> Result<usize, Miss> {
        let mut others = Vec::new();
        let segments = raw_path.strip_prefix('/').ok_or(Miss::Path)?;
        match self.descend(0, method, Some(segments), &mut others) {
            Some(position) => Ok(position),
            None if others.is_empty() => Err(Miss::Path),
            None => Err(Miss::Method(others)),
        }
    }

    /// Follows `rest` from `node`; the depth is bounded by the tree's, whatever the path.
    fn descend(
        &self,
        node: usize,
        method: &Method,
        rest: Option<&str>,
        others: &mut Vec<Method>,
    ) -> Option<usize> {
        let node = &self.nodes[node];
        let Some(rest) = rest else {
            let found = node.operations.iter().find(|(known, _)| known == method);
            if found.is_none() {
                others.extend(node.operations.iter().map(|(known, _)| known.clone()));
            }
            return found.map(|(_, position)| *position);
        };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        let literal = node.literals.get(segment).and_then(|child| self.descend(*child, method, rest, others));
        literal.or_else(|| {
            let label = node.label.filter(|_| !segment.is_empty())?;
            self.descend(label, method, rest, others)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::{Payload, Service};

    const fn operation(name: &'static str, method: Method, path: &'static [Segment]) -> OperationSpec {
        OperationSpec {
            name,
            service: Service::Data,
            method,
            path,
            success: 200,
            errors: &[],
            token: None,
            input: &[],
            request: Payload::None,
            output: &[],
            response: Payload::None,
        }
    }

    const fn lit(text: &'static str) -> Segment {
        Segment::Literal(text)
    }

    const ID: Segment = Segment::Label("id");

    static OPERATIONS: [&OperationSpec; 6] = [
        &operation("list", Method::POST, &[lit("things"), lit("")]),
        &operation("get", Method::GET, &[lit("things"), ID, lit("")]),
        &operation("special", Method::GET, &[lit("things"), lit("special"), lit("")]),
        &operation("put", Method::PUT, &[lit("things"), ID, lit("")]),
        &operation("part", Method::GET, &[lit("things"), ID, lit("parts"), Segment::Label("part")]),
        &operation("bare", Method::GET, &[lit("bare")]),
    ];

    fn find(method: &Method, path: &str) -> Result<&'static str, Miss> {
        Router::new(&OPERATIONS).find(method, path).map(|position| OPERATIONS[position].name)
    }

    #[test]
    fn trailing_slashes_are_part_of_the_path() {
        assert_eq!(find(&Method::POST, "/things/"), Ok("list"));
        assert_eq!(find(&Method::POST, "/things"), Err(Miss::Path));
        assert_eq!(find(&Method::GET, "/bare"), Ok("bare"));
        assert_eq!(find(&Method::GET, "/bare/"), Err(Miss::Path));
        assert_eq!(find(&Method::GET, "/things//"), Err(Miss::Path));
    }

    #[test]
    fn a_literal_goes_before_a_label_but_does_not_hide_it() {
        assert_eq!(find(&Method::GET, "/things/special/"), Ok("special"));
        assert_eq!(find(&Method::PUT, "/things/special/"), Ok("put"));
        assert_eq!(find(&Method::GET, "/things/special/parts/x"), Ok("part"));
    }

    #[test]
    fn a_known_path_says_which_methods_it_takes() {
        assert_eq!(find(&Method::DELETE, "/things/a/"), Err(Miss::Method(vec![Method::GET, Method::PUT])));
    }

    #[test]
    fn what_is_no_path_is_no_route() {
        for path in ["", "things/", "*", "/", "//", "/nothing"] {
            assert_eq!(find(&Method::GET, path), Err(Miss::Path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_label_arrives_as_it_was_sent(id in "[^/]{1,40}", part in any::<Vec<u8>>()) {
            prop_assume!(!part.is_empty());
            let encode = |bytes: &[u8]| percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string();
            let path = format!("/things/{}/parts/{}", encode(id.as_bytes()), encode(&part));
            let position = Router::new(&OPERATIONS).find(&Method::GET, &path).unwrap();
            let labels: Vec<_> = OPERATIONS[position].labels(&path).collect();
            let decode = |raw: &str| percent_encoding::percent_decode_str(raw).collect::<Vec<u8>>();
            prop_assert_eq!(decode(labels[0].1), id.as_bytes());
            prop_assert_eq!(decode(labels[1].1), part);
        }

        #[test]
        fn no_path_makes_it_panic(path in "\\PC*") {
            let _outcome = find(&Method::GET, &path);
        }
    }
}
