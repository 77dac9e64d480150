//! From lines to rows, slice by slice.

pub(super) mod councils;
pub(super) mod external_ids;
pub(super) mod frameworks;
pub(super) mod groups;
pub(super) mod meetings;
pub(super) mod progress;
pub(super) mod targets;
