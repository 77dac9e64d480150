//! Direction of travel: the comparison of a reading with an earlier reading.

use std::cmp::Ordering;

use super::Aim;
use crate::values::text_enum;

text_enum! {
    /// Whether a reading is better than the one it is compared with.
    pub enum Travel {
        /// The reading is better, by the target's aim.
        Improved = "improved",
        /// The reading is worse, by the target's aim.
        Declined = "declined",
        /// The reading is the same.
        Same = "same",
        /// There is no reading to compare with.
        None = "none",
    }
}

/// Returns the direction of travel. `order` is the result of comparing the newer value with the
/// older value.
pub fn trend(aim: Aim, order: Ordering) -> Travel {
    match (aim, order) {
        (_, Ordering::Equal) => Travel::Same,
        (Aim::AtLeast, Ordering::Greater) | (Aim::AtMost, Ordering::Less) => Travel::Improved,
        (Aim::AtLeast, Ordering::Less) | (Aim::AtMost, Ordering::Greater) => Travel::Declined,
    }
}
