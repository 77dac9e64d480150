//! Cells with several values. A separator is between them, and a backslash escapes the next
//! character.

/// Splits a cell into its values. Surrounding spaces and escaping backslashes are removed.
pub(super) fn split(cell: &str, separator: char) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut part, mut kept) = (String::new(), 0);
    let mut letters = cell.chars();
    while let Some(letter) = letters.next() {
        if letter == separator {
            parts.push(finished(part, kept));
            (part, kept) = (String::new(), 0);
        } else if letter == '\\' {
            part.extend(letters.next());
            kept = part.len();
        } else if !(part.is_empty() && letter == ' ') {
            part.push(letter);
        }
    }
    parts.push(finished(part, kept));
    parts
}

/// Trims trailing spaces of a value, except escaped ones.
fn finished(mut part: String, kept: usize) -> String {
    part.truncate(part.trim_end_matches(' ').len().max(kept));
    part
}

/// Escapes a value for a cell with several values.
pub(super) fn escape(value: &str, separator: char) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (i, letter) in value.chars().enumerate() {
        if letter == separator || letter == '\\' || (letter == ' ' && i == last) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
