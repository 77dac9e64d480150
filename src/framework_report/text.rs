//! Replaces characters in texts, for typography and for XML.

/// Replaces straight apostrophes between letters, and after the `s` of a plural, with typographic
/// apostrophes.
pub fn curly_apostrophes(text: &str) -> String {
    let mut curly = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut previous = ' ';
    while let Some(letter) = letters.next() {
        let is_between = previous.is_alphabetic() && letters.peek().is_some_and(|next| next.is_alphabetic());
        let is_plural = previous == 's' && letters.peek().is_none_or(|next| !next.is_alphanumeric());
        let is_apostrophe = letter == '\'' && (is_between || is_plural);
        curly.push(if is_apostrophe { '\u{2019}' } else { letter });
        previous = letter;
    }
    curly
}

/// Replaces each character that XML does not allow with a space.
pub fn replace_invalid_xml(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'), " ")
}
