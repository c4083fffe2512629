//! Tools, and whether the model may, must or must not ask for them.

use bedrock_api::runtime::model as wire;
use fault::{Fault, Result};
use inference::{Request, Tool, ToolChoice};

pub(super) fn read(config: wire::ToolConfiguration, request: &mut Request) -> Result<()> {
    for (index, tool) in config.tools.into_iter().enumerate() {
        match tool {
            wire::Tool::ToolSpec(spec) => {
                let wire::ToolInputSchema::Json(input_schema) = spec.input_schema;
                request.tools.push(Tool {
                    name: spec.name,
                    description: spec.description,
                    input_schema,
                    strict: spec.strict.unwrap_or(false),
                });
            }
            wire::Tool::SystemTool(tool) => {
                let path = format!("toolConfig.tools[{index}].systemTool");
                return Err(Fault::field(
                    path,
                    format!("no provider has a tool {} of its own here", tool.name),
                ));
            }
            wire::Tool::CachePoint(_) => request.cache.tools = true,
        }
    }
    request.tool_choice = match config.tool_choice {
        None | Some(wire::ToolChoice::Auto(_)) => ToolChoice::Auto,
        Some(wire::ToolChoice::Any(_)) => ToolChoice::Any,
        Some(wire::ToolChoice::Tool(tool)) => ToolChoice::Tool(tool.name),
    };
    Ok(())
}
