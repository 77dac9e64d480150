//! CSV cells that contain several values. A separator is between two values, and a backslash
//! escapes the next character.

/// Splits a CSV cell into its values. Removes unescaped spaces around each value, and the escaping
/// backslashes.
pub(super) fn split(cell: &str, separator: char) -> Vec<String> {
    let mut values = Vec::new();
    let (mut value, mut escaped_len) = (String::new(), 0);
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        if character == separator {
            values.push(trim_end(value, escaped_len));
            (value, escaped_len) = (String::new(), 0);
        } else if character == '\\' {
            value.extend(characters.next());
            escaped_len = value.len();
        } else if !(value.is_empty() && character == ' ') {
            value.push(character);
        }
    }
    values.push(trim_end(value, escaped_len));
    values
}

/// Removes the spaces at the end of a value, except escaped spaces. The first `escaped_len` bytes
/// remain.
fn trim_end(mut value: String, escaped_len: usize) -> String {
    value.truncate(value.trim_end_matches(' ').len().max(escaped_len));
    value
}

/// Joins several values to one CSV cell, and escapes them. The separator is the first character of
/// `glue`.
pub(super) fn join(values: &[String], glue: &str) -> String {
    values.iter().map(|value| escape(value, glue)).collect::<Vec<_>>().join(glue)
}

fn escape(value: &str, glue: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (i, character) in value.chars().enumerate() {
        if glue.starts_with(character) || character == '\\' || (character == ' ' && i == last) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
