//! The error of a command.

pub(super) type CommandError = Box<dyn std::error::Error + Send + Sync>;
