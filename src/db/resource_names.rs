//! The names of resources in error texts.

pub fn resource_name(table: &str) -> &str {
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
