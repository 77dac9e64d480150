//! Normalises the texts in requests, and checks them for invisible characters. Each name and key
//! then has one spelling, however a person typed it.

use unicode_normalization::UnicodeNormalization;

/// The form to which a text in a request is normalised. The text's schema states the form in the
/// keyword [`TextForm::KEYWORD`]. A text without a form is not normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// The form of a key, a name or a title. Every space is U+0020, and no character is invisible.
    Line,
    /// The form of long text. Inner white space does not change, and at least one character is
    /// visible.
    Prose,
}

impl TextForm {
    /// The JSON Schema keyword for the form to which a text is normalised. A `pattern` cannot
    /// express the form, because regular expressions differ in their support of Unicode.
    pub const KEYWORD: &str = "x-text";

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Line, Self::Prose].into_iter().find(|form| form.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Prose => "prose",
        }
    }

    /// Returns a text in Unicode's normal form NFC (UAX #15), without white space at its start and
    /// end. In a text of the form `Line`, every space becomes U+0020, as in RFC 8265 and RFC 8266.
    /// The database stores and compares the result.
    pub fn normalise(self, text: &str) -> String {
        let composed = text.trim().nfc();
        match self {
            Self::Line => composed.map(|letter| if is_other_space(letter) { ' ' } else { letter }).collect(),
            Self::Prose => composed.collect(),
        }
    }

    /// Returns the error text for a normalised text that is not valid, or `None` for a valid text.
    /// A text of the form `Line` must have no invisible character. A text of the form `Prose` must
    /// have a visible character.
    pub fn refusal(self, text: &str) -> Option<String> {
        match self {
            Self::Line => {
                let (place, hidden) = text.chars().enumerate().find(|(_, letter)| is_invisible(*letter))?;
                let (code, place) = (u32::from(hidden), place + 1);
                Some(format!(
                    "The text has the invisible character U+{code:04X} at position {place}. Remove it."
                ))
            }
            Self::Prose => {
                let is_hidden = |letter: char| letter.is_whitespace() || is_invisible(letter);
                let nothing = !text.is_empty() && text.chars().all(is_hidden);
                nothing
                    .then(|| "The text has no visible character. Send some text or leave it out.".to_owned())
            }
        }
    }
}

/// Returns whether a character is a space (Unicode category Zs) other than U+0020.
fn is_other_space(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The ranges of invisible characters. They are the Unicode categories Cf, Zl and Zp, control
/// characters from U+0080, characters with the property Default_Ignorable_Code_Point, and the empty
/// braille pattern. The first migration states the same ranges, and a test compares both lists.
const INVISIBLE: &[(char, char)] = &[
    ('\u{80}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

pub fn is_invisible(letter: char) -> bool {
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_spelling() {
        for text in ["P-7", " P-7", "P-7\u{a0}", "\u{2029}P-7\u{3000}\t\n"] {
            assert_eq!(TextForm::Line.normalise(text), "P-7", "{text:?}");
        }
        assert_eq!(TextForm::Line.normalise("Zoe\u{308}\u{a0}7"), "Zo\u{eb} 7");
        assert_eq!(TextForm::Prose.normalise("\n Zoe\u{308}\u{a0}7\n\n 8 \n"), "Zo\u{eb}\u{a0}7\n\n 8");
        assert_eq!(TextForm::Line.normalise("\u{a0} \u{2028}"), "");
    }

    #[test]
    fn what_is_normalised_is_normal() {
        for text in
            ["\u{1100}\u{1161}\u{11a8}", "\u{212b}", "\u{2000}a\u{2001}b", "a\u{323}\u{307}", "\u{1f4c5}"]
        {
            for form in [TextForm::Line, TextForm::Prose] {
                let once = form.normalise(text);
                assert_eq!(form.normalise(&once), once, "{text:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        let refusal = TextForm::Line.refusal("P\u{200b}-7").expect("a refusal");
        assert_eq!(refusal, "The text has the invisible character U+200B at position 2. Remove it.");
        for seen in ["P-7", "Gr\u{175}p \u{5e02} \u{1f4c5}", "a\u{301}"] {
            assert_eq!((TextForm::Line.refusal(seen), TextForm::Prose.refusal(seen)), (None, None), "{seen}");
        }
        assert!(TextForm::Prose.refusal("\u{200b}\n\u{2800}").is_some());
        assert_eq!(TextForm::Prose.refusal("\u{200b}x"), None);
    }
}
