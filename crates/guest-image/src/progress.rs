//! What is told while long steps run.

/// A sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A step begins.
    Step(&'a str),
    /// A line from the program that does the step.
    Detail(&'a str),
    /// Nothing had to be done for this step.
    Skipped(&'a str),
}

/// Whom to tell.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(Progress<'_>);
