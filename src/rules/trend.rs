//! Direction of travel.

use std::cmp::Ordering;

use super::Aim;
use crate::values::text_enum;

text_enum! {
    /// Whether a reading is better than the one it is compared with.
    pub enum Travel {
        /// Better, as the target aims.
        Improved = "improved",
        /// Worse, as the target aims.
        Declined = "declined",
        /// The same.
        Same = "same",
        /// There is nothing to compare.
        None = "none",
    }
}

/// What `order`, of the newer value against the older, means under `aim`.
pub fn travel(aim: Aim, order: Ordering) -> Travel {
    match (aim, order) {
        (_, Ordering::Equal) => Travel::Same,
        (Aim::AtLeast, Ordering::Greater) | (Aim::AtMost, Ordering::Less) => Travel::Improved,
        (Aim::AtLeast, Ordering::Less) | (Aim::AtMost, Ordering::Greater) => Travel::Declined,
    }
}
