//! The error type of the program's commands.

pub(super) type CommandError = Box<dyn std::error::Error + Send + Sync>;
