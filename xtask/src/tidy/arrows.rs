//! Which crate may know which: dependencies point downwards only.

use super::Finding;
use super::tree::Tree;

/// The services, each with business logic and no transport.
const SERVICES: &[&str] = &[
    "runtime",
    "memory",
    "metering",
    "models",
    "gateway",
    "identity",
    "policy",
    "interpreter",
    "browser",
    "observability",
    "evaluation",
    "harness",
    "registry",
    "models",
    "api-keys",
];
/// What stands behind a port.
const ADAPTERS: &[&str] = &[
    "store-sqlite",
    "store-postgres",
    "sandbox-qemu",
    "sandbox-oci",
    "sandbox-sim",
    "inference-http",
    "inference-local",
    "inference-scripted",
    "search-local",
    "s3-door",
    "sts-door",
];
/// The HTTP stack and everything of ours that speaks it.
const TRANSPORT: &[&str] = &[
    "hyper",
    "hyper-util",
    "http",
    "http-body",
    "http-body-util",
    "h2",
    "restjson",
    "control-api",
    "data-api",
    "bedrock-api",
];
const PLANES: &[&str] = &[
    "control-plane",
    "data-plane",
    "bedrock-plane",
    "extension-plane",
    "server",
    "cli",
    "freehold",
    "test-kit",
];
const API: &[&str] = &["control-api", "data-api", "bedrock-api"];
const PORTS: &[&str] = &["store", "sandbox", "inference", "search"];
const ENGINES: &[&str] = &["sandbox", "sandbox-qemu", "sandbox-oci", "sandbox-sim"];
const GROUND: &[&str] = &["stdx", "ids", "fault"];
/// The crates that put a program together from its parts.
const COMPOSERS: &[&str] = &["server", "test-kit", "cli"];

/// Crates that must not name certain others outside their tests.
struct Rule {
    who: &'static [&'static str],
    never: &'static [&'static [&'static str]],
    instead: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        who: SERVICES,
        never: &[TRANSPORT, PLANES, ADAPTERS, SERVICES],
        instead: "a service declares the trait it needs, and `server` supplies it",
    },
    Rule {
        who: PORTS,
        never: &[TRANSPORT, PLANES, ADAPTERS, SERVICES],
        instead: "a port is plain data and a trait",
    },
    Rule {
        who: &["restjson", "control-api", "data-api", "bedrock-api", "authn"],
        never: &[PLANES, ADAPTERS, SERVICES, PORTS],
        instead: "the wire knows no service; a plane joins the two",
    },
    Rule { who: API, never: &[API], instead: "shared code belongs in `restjson`" },
    Rule {
        who: ENGINES,
        never: &[API, &["restjson", "authn", "ids", "store"]],
        instead: "a sandbox engine knows nothing of AWS; put the translation in `runtime`",
    },
    Rule {
        who: GROUND,
        never: &[TRANSPORT, PLANES, ADAPTERS, SERVICES, PORTS],
        instead: "what everything stands on stands on nothing of ours",
    },
    Rule { who: &["stdx"], never: &[&["ids", "fault"]], instead: "`stdx` has no project nouns" },
    Rule {
        who: &["control-plane", "data-plane", "bedrock-plane", "extension-plane"],
        never: &[ADAPTERS],
        instead: "a handler talks to services; only `server` and `test-kit` name an adapter",
    },
];

/// Ordinary and build dependencies obey [`RULES`], and nobody but a composer names an adapter.
pub(crate) fn arrows_point_downwards(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        let name = package.name.as_str();
        let used = package.dependencies.iter().filter(|used| used.kind.as_deref() != Some("dev"));
        for used in used {
            findings.extend(refusal(name, &used.name).map(|why| Finding::new(name, why)));
        }
    }
    findings
}

fn refusal(name: &str, used: &str) -> Option<String> {
    let rule = RULES.iter().find(|rule| {
        rule.who.contains(&name) && used != name && rule.never.iter().any(|list| list.contains(&used))
    });
    if let Some(rule) = rule {
        return Some(format!("must not depend on {used}: {}", rule.instead));
    }
    (ADAPTERS.contains(&used) && !COMPOSERS.contains(&name) && name != "xtask").then(|| {
        format!("must not depend on {used}: depend on its port, and let `server` choose the adapter")
    })
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn forbidden_arrows_are_found() {
        for (name, used) in [
            ("runtime", "hyper"),
            ("runtime", "memory"),
            ("runtime", "store-sqlite"),
            ("control-api", "data-api"),
            ("stdx", "fault"),
            ("sandbox-qemu", "restjson"),
            ("data-plane", "sandbox-qemu"),
            ("freehold", "sandbox-sim"),
        ] {
            assert!(refusal(name, used).is_some(), "{name} -> {used}");
        }
    }

    #[test]
    fn the_drawn_arrows_are_fine() {
        for (name, used) in [
            ("runtime", "store"),
            ("server", "store-sqlite"),
            ("cli", "s3-door"),
            ("data-plane", "runtime"),
            ("sandbox-qemu", "guest-protocol"),
            ("store-sqlite", "store"),
        ] {
            assert_eq!(refusal(name, used), None, "{name} -> {used}");
        }
    }
}
