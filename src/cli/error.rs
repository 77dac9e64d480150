//! The error of a command.

/// The error of a command. The message has one line.
pub(super) type CommandError = Box<dyn std::error::Error + Send + Sync>;
