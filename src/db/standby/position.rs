//! Positions in the write-ahead log (WAL) of a PostgreSQL cluster.

use std::fmt;
use std::str::FromStr;

/// A timeline of the WAL, and the position in it in bytes (LSN). Its text form has 24 hexadecimal
/// digits. Every promotion of a standby begins a new timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub(super) timeline: u32,
    pub(super) lsn: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position in the write-ahead log")]
pub struct NotAPosition;

/// Digits of the timeline in the text form.
const TIMELINE_DIGITS: usize = 8;

const DIGITS: usize = TIMELINE_DIGITS + 16;

impl Position {
    /// A position that no standby replays. A client that sends it reads from the primary.
    pub const UNREACHABLE: Self = Self { timeline: u32::MAX, lsn: u64::MAX };

    /// Returns whether a standby that has replayed the WAL up to `replayed` has replayed this
    /// position. If this position belongs to an earlier timeline, either both timelines contain it
    /// or the promotion lost it.
    pub(super) const fn is_replayed_at(self, replayed: Self) -> bool {
        self.timeline <= replayed.timeline && self.lsn <= replayed.lsn
    }

    /// Returns the LSN in the form of the type `pg_lsn`.
    pub(super) fn pg_lsn(self) -> String {
        format!("{:X}/{:X}", self.lsn >> 32, self.lsn & u64::from(u32::MAX))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{:016x}", self.timeline, self.lsn)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if text.len() != DIGITS || !is_hex {
            return Err(NotAPosition);
        }
        let (timeline, lsn) = text.split_at(TIMELINE_DIGITS);
        Ok(Self {
            timeline: u32::from_str_radix(timeline, 16).map_err(|_| NotAPosition)?,
            lsn: u64::from_str_radix(lsn, 16).map_err(|_| NotAPosition)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(timeline: u32, lsn: u64) -> Position {
        Position { timeline, lsn }
    }

    #[test]
    fn the_text_form_has_24_digits_and_is_read_back() {
        for position in [at(1, 0x16_B374_D848), at(0, 0), Position::UNREACHABLE] {
            let text = position.to_string();
            assert_eq!((text.len(), text.parse()), (DIGITS, Ok(position)));
        }
        assert_eq!(at(1, 0x16_B374_D848).pg_lsn(), "16/B374D848");
        for broken in
            ["", "1", "0000000100000016B374D848", "0000000100000016b374d84", "+000000100000016b374d848"]
        {
            assert_eq!(broken.parse::<Position>(), Err(NotAPosition), "{broken}");
        }
    }

    #[test]
    fn a_position_of_a_later_timeline_is_not_replayed() {
        assert!(at(1, 5).is_replayed_at(at(1, 5)) && at(1, 5).is_replayed_at(at(2, 9)));
        assert!(!at(1, 6).is_replayed_at(at(1, 5)) && !at(2, 5).is_replayed_at(at(1, 9)));
        assert!(!Position::UNREACHABLE.is_replayed_at(at(7, u64::MAX)));
    }
}
