//! A complete simulated sandbox engine for tests above the port.
