//! Writes the API crates from the service models in `models/`.

mod emit;
mod import;
mod model;
mod names;
mod newest;
mod output;
mod partition;
mod relaxations;
mod select;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use model::Model;

/// What to do with the models.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if what is checked in is not what the models say, and write nothing.
    #[arg(long, conflicts_with_all = ["newest", "import"])]
    check: bool,
    /// Report what the newest published models add or change, and write nothing.
    #[arg(long, conflicts_with = "import")]
    newest: bool,
    /// Take the models from this botocore wheel into `models/` first.
    #[arg(long, value_name = "WHEEL")]
    import: Option<PathBuf>,
}

/// A service whose types are generated.
pub(crate) struct Service {
    /// Its published name.
    pub(crate) name: &'static str,
    /// The version of its model.
    pub(crate) version: &'static str,
    /// The variant of `restjson::spec::Service`.
    pub(crate) variant: &'static str,
    /// The crate that holds its types.
    pub(crate) krate: &'static str,
    /// The module of that crate that is generated, with everything below it.
    pub(crate) module: &'static str,
    /// Where its operations are described, up to their names.
    pub(crate) reference: &'static str,
    /// The operations that are taken over from the published model; all where there is no list.
    pub(crate) only: Option<&'static [&'static str]>,
}

const SERVICES: [Service; 4] = [
    Service {
        name: "bedrock-agentcore-control",
        version: "2023-06-05",
        variant: "Control",
        krate: "control-api",
        module: "generated",
        reference: "bedrock-agentcore-control/latest/APIReference/API_",
        only: None,
    },
    Service {
        name: "bedrock-agentcore",
        version: "2024-02-28",
        variant: "Data",
        krate: "data-api",
        module: "generated",
        reference: "bedrock-agentcore/latest/APIReference/API_",
        only: None,
    },
    Service {
        name: "bedrock-runtime",
        version: "2023-09-30",
        variant: "BedrockRuntime",
        krate: "bedrock-api",
        module: "runtime",
        reference: "bedrock/latest/APIReference/API_runtime_",
        only: None,
    },
    // Training, evaluating and selling models has no counterpart here: of a hundred operations, those that agents
    // use to see which models there are.
    Service {
        name: "bedrock",
        version: "2023-04-20",
        variant: "Bedrock",
        krate: "bedrock-api",
        module: "catalog",
        reference: "bedrock/latest/APIReference/API_",
        only: Some(&[
            "GetFoundationModel",
            "GetInferenceProfile",
            "ListFoundationModels",
            "ListInferenceProfiles",
        ]),
    },
];

impl Service {
    fn model_file(&self, root: &Path) -> PathBuf {
        root.join("models").join(self.name).join(self.version).join("service-2.json")
    }

    fn read_model(&self, root: &Path) -> Result<Model> {
        let path = self.model_file(root);
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let mut model =
            serde_json::from_slice(&text).with_context(|| format!("understanding {}", path.display()))?;
        relaxations::complete(&mut model);
        Ok(model)
    }
}

/// Runs the chore.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let root = root();
    if arguments.newest {
        return newest::report(&root);
    }
    if let Some(wheel) = &arguments.import {
        import::refresh(wheel, &root)?;
    }
    for service in &SERVICES {
        let model = service.read_model(&root)?;
        let files = emit::all(service, &model).with_context(|| format!("generating {}", service.krate))?;
        let directory = root.join("crates").join(service.krate).join("src");
        let files = output::format(files, &root)?;
        if arguments.check {
            output::check(&directory, service.module, &files)?;
        } else {
            output::write(&directory, service.module, &files)?;
        }
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}
