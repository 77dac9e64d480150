//! The nouns for rows in error texts.

/// Returns the noun for a row of a table.
pub fn noun(table: &str) -> &str {
    match table {
        "accounts" => "account",
        "actions" => "action",
        "attendance" => "attendance record",
        "councils" => "council",
        "evaluations" => "evaluation",
        "frameworks" => "framework",
        "groups" => "group",
        "meetings" => "meeting",
        "outcomes" => "outcome",
        "progress" => "progress entry",
        "publications" => "publication",
        "dataset_keys" => "dataset key",
        "revisions" => "revision",
        "role_mappings" => "role mapping",
        "seats" => "seat",
        "sessions" => "session",
        "targets" => "target",
        "themes" => "theme",
        "webhook_events" => "event",
        "webhooks" => "webhook",
        other => other,
    }
}
