//! The error of a command.

/// The error of a command. Its message is one line.
pub(super) type CommandError = Box<dyn std::error::Error + Send + Sync>;
