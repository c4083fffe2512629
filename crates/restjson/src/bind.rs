//! Between HTTP messages and documents.

mod request;
mod response;

pub(crate) use request::lift;
pub(crate) use response::answer;

#[cfg(test)]
mod tests;
