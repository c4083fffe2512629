//! Sessions of agent runtimes.

mod invoke;
mod limit;
mod session;
mod stop;
