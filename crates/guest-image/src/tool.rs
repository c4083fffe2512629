//! Running other people's programs.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::error::{ImageError, On};
use crate::progress::{Progress, Tell};

/// Lines of a program's output that an error quotes.
const QUOTED: usize = 12;

/// A program and the Debian package it comes in.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
}

impl Tool {
    /// Runs it to its end and passes on what it says.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A], tell: Tell<'_>) -> Result<(), ImageError> {
        let mut command = Command::new(self.name);
        command.args(arguments).env("LC_ALL", "C.UTF-8").env("SOURCE_DATE_EPOCH", "0");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ImageError::MissingTool { tool: self.name, package: self.package });
            }
            Err(error) => return Err(error).on(self.name),
        };
        let mut last = VecDeque::with_capacity(QUOTED);
        let said = child.stderr.take().expect("it was piped");
        for line in BufReader::new(said).split(b'\n') {
            let line = String::from_utf8_lossy(&line.on(self.name)?).into_owned();
            tell(Progress::Detail(&line));
            if last.len() == QUOTED {
                last.pop_front();
            }
            last.push_back(line);
        }
        let status = child.wait().on(self.name)?;
        if status.success() {
            return Ok(());
        }
        let output = last.make_contiguous().join("\n");
        Err(ImageError::ToolFailed { tool: self.name, status: status.to_string(), output })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_names_its_package() {
        let tool = Tool { name: "no-such-program-here", package: "the-package" };
        let error = tool.run(&["x"], &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("install the package the-package"));
    }

    #[test]
    fn a_failure_quotes_the_last_lines() {
        let tool = Tool { name: "sh", package: "dash" };
        let mut lines = 0;
        let script = "for i in $(seq 30); do echo line $i >&2; done; exit 3";
        let error = tool.run(&["-c", script], &mut |_| lines += 1).unwrap_err().to_string();
        assert!(error.contains("line 30") && !error.contains("line 18\n") && error.contains('3'), "{error}");
        assert_eq!(lines, 30);
    }
}
