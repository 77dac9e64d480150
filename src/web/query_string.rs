//! Decodes query strings and forms.

use percent_encoding::percent_decode_str;

use crate::values::FieldError;

/// The query parameter of as-of queries.
const KNOWN_AT: &str = "known_at";

/// Returns whether a query string is one of an as-of query, which reads the change log.
pub(super) fn looks_back(query: &str) -> bool {
    pairs(query).unwrap_or_default().iter().any(|(name, _)| name == KNOWN_AT)
}

/// Returns the decoded pairs of a query string. Fails with a field error for each pair that is not
/// percent-encoded UTF-8.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, Vec<FieldError>> {
    let mut pairs = Vec::new();
    let mut field_errors = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(text)) {
            (Some(name), Some(text)) => pairs.push((name, text)),
            (name, _) => {
                let name = name.unwrap_or_else(|| "?".to_owned());
                field_errors.push(FieldError::parameter(
                    name,
                    "bad_encoding",
                    "The parameter is not percent-encoded UTF-8 text.",
                ));
            }
        }
    }
    if field_errors.is_empty() { Ok(pairs) } else { Err(field_errors) }
}

/// Decodes a name or value of a form or query. Returns `None` if the text is not percent-encoded
/// UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    if !is_percent_encoded(&text) {
        return None;
    }
    let decoded = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    (!decoded.contains('\0')).then_some(decoded)
}

/// Returns whether two hexadecimal digits follow every `%`.
pub(super) fn is_percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let bytes = rest.as_bytes();
        bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit)
    })
}
