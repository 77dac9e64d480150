//! Formats days, numbers and counts for readers.

use rust_decimal::prelude::ToPrimitive;

use crate::progress::entry::Unit;
use crate::values::{Day, Figure, Percent};

pub fn day(day: Day) -> String {
    day.0.format("%-d %B %Y").to_string()
}

/// Formats a percentage with two decimals, such as `59.09 %`.
pub fn percent(percent: Percent) -> String {
    let decimals = percent.0.0.normalize().scale().max(2) as usize;
    format!("{:.decimals$} %", percent.0.0)
}

/// Formats a count with thousands separators, such as `1,234,567`.
pub fn thousands(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = if count < 0 { "-".to_owned() } else { String::new() };
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count with its noun, such as `1 register` or `2 registers`.
pub fn counted(count: i64, singular: &str, plural: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { singular } else { plural })
}

/// Formats an amount in pence as pounds, such as `£1,234.56`.
pub fn money(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let pounds = i64::try_from(pence.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}\u{a3}{}.{:02}", thousands(pounds), pence.unsigned_abs() % 100)
}

pub fn number(unit: Unit, number: impl Into<Figure>) -> String {
    let number: Figure = number.into();
    match (unit, number.0.to_i64()) {
        (Unit::Percent, _) => format!("{number} %"),
        (Unit::Pence, Some(pence)) => money(pence),
        (_, Some(whole)) if number.0.is_integer() => thousands(whole),
        _ => number.to_string(),
    }
}
