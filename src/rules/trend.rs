//! Direction of travel, which compares a reading with an earlier reading.

use std::cmp::Ordering;

use super::Aim;
use crate::values::text_enum;

text_enum! {
    /// Whether a reading is better than the reading with which it is compared.
    pub enum Travel {
        /// The reading is better, according to the target's aim.
        Improved = "improved",
        /// The reading is worse, according to the target's aim.
        Declined = "declined",
        /// Both readings have the same value.
        Same = "same",
        /// No earlier reading exists with which to compare.
        None = "none",
    }
}

/// Returns the direction of travel. `order` says how the newer value compares with the older value.
pub fn trend(aim: Aim, order: Ordering) -> Travel {
    match (aim, order) {
        (_, Ordering::Equal) => Travel::Same,
        (Aim::AtLeast, Ordering::Greater) | (Aim::AtMost, Ordering::Less) => Travel::Improved,
        (Aim::AtLeast, Ordering::Less) | (Aim::AtMost, Ordering::Greater) => Travel::Declined,
    }
}
