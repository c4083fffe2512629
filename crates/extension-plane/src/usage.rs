//! Usage: what sessions have used, and what that costs.

mod get;
mod memories;
mod shape;

pub(crate) use get::{GetUsage, point_in_time};
pub(crate) use memories::GetMemoryUsage;
