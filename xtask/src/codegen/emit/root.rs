//! The module that holds the others, and the list of all operations.

use std::fmt::Write;

use super::Scope;
use crate::codegen::names;

/// The source of `generated.rs`.
pub(crate) fn source(scope: &Scope<'_>) -> String {
    let mut out = format!(
        "//! The operations and types of `{}`, one module for each family of paths.\n\nuse restjson::{{Operation, OperationSpec}};\n\n",
        scope.service.name
    );
    for name in scope.partition.modules.keys() {
        let _infallible = writeln!(out, "pub mod {name};");
    }
    out.push_str("\nmod patterns;\nmod rules;\n\n/// Every operation of the service.\npub static OPERATIONS: &[&OperationSpec] = &[\n");
    for (module, contents) in &scope.partition.modules {
        for operation in &contents.operations {
            let _infallible = writeln!(out, "    {module}::{}::SPEC,", names::type_name(operation));
        }
    }
    out.push_str("];\n");
    out
}
