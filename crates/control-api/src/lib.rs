//! The control plane's wire types, generated from the service model.
