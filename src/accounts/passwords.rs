//! The password policy, following NIST SP 800-63B-4, section 3.1.1.
//!
//! A password has at least 15 characters, because it is the only factor, and is not easy to guess.
//! No character classes are required. Passwords that were set under another policy stay valid if
//! they were hashed in normal form (NFC).

use zxcvbn::{Score, zxcvbn};

use super::hashing;
use super::secrets::NewPassword;
use crate::db::Error;
use crate::values::FieldError;

/// The minimum number of characters of a password in normal form (NFC).
const MIN_LENGTH: usize = 15;
const MAX_LENGTH: usize = 200;

/// The minimum score of the strength estimator zxcvbn. With this score, guessing the password takes
/// 10^8 guesses or more.
const MIN_SCORE: Score = Score::Three;

/// The minimum number of characters that remain after the words of the password's owner are
/// removed.
const MIN_OTHER_CHARACTERS: usize = 8;

const SERVICE_NAME: &str = "outturn";

/// The owner of a password. An attacker may know the owner's name and e-mail address, so words from
/// these are easy to guess.
pub struct Owner<'o> {
    pub name: &'o str,
    pub email: &'o str,
}

impl Owner<'_> {
    fn words(&self) -> Vec<String> {
        let (local, domain) = self.email.split_once('@').unwrap_or((self.email, ""));
        let whole = [self.name, self.email, local, domain, SERVICE_NAME].into_iter();
        let parts =
            self.name.split_whitespace().chain(local.split(['.', '-', '_', '+'])).chain(domain.split('.'));
        whole.chain(parts).filter(|word| word.chars().count() > 2).map(str::to_owned).collect()
    }
}

/// Checks a new password against the policy, and returns its hash. Fails with a field error at
/// `/password` if the policy refuses the password.
pub async fn hash(password: &NewPassword, owner: &Owner<'_>) -> Result<String, Error> {
    let (password, words) = (password.normalised(), owner.words());
    let checked = move || check(&password, &words).map(|()| password);
    let checked = tokio::task::spawn_blocking(checked).await;
    let password = checked.map_err(|error| Error::Internal(error.to_string()))?;
    let refused = |(code, detail)| Error::Invalid(vec![FieldError::body("/password", code, detail)]);
    hashing::hash(&password.map_err(refused)?).await
}

/// Checks a password against the password policy. `words` are words of the owner. Fails with an
/// error code and an error text.
fn check(password: &str, words: &[String]) -> Result<(), (&'static str, String)> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        let detail = format!("The password has {length} characters. Use {MIN_LENGTH} or more.");
        return Err(("too_short", detail));
    }
    if length > MAX_LENGTH {
        let detail = format!("The password has {length} characters. Use {MAX_LENGTH} or fewer.");
        return Err(("too_long", detail));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let why = if others(password, &words) < MIN_OTHER_CHARACTERS {
        "The password consists mostly of the user's name, the e-mail address or the name of the service."
            .to_owned()
    } else {
        let estimate = zxcvbn(password, &words);
        if estimate.score() >= MIN_SCORE {
            return Ok(());
        }
        let warning = estimate.feedback().and_then(|feedback| feedback.warning());
        warning.map_or_else(
            || "The password consists of common words or patterns.".to_owned(),
            |warning| warning.to_string(),
        )
    };
    let advice = "Use several unrelated words, or let a password manager make one.";
    Err(("weak_password", format!("The password is easy to guess. {why} {advice}")))
}

/// Returns how many characters remain when these words are removed from a password.
fn others(password: &str, words: &[&str]) -> usize {
    let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, ""));
    rest.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: Owner<'_> = Owner { name: "Ada Lovelace", email: "ada.lovelace@council.example.org" };

    #[test]
    fn easy_passwords_are_refused() {
        for easy in [
            "aaaaaaaaaaaaaaa",
            "               ",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfg",
            "qwertyuiop[]asdfghjkl",
            "123456789012345",
            "passwordpassword",
            "Password12345678",
            "p@ssw0rdp@ssw0rd",
            "ada.lovelace@council.example.org",
            "ADA.LOVELACE@council.example.org",
            "ada.lovelace@council.example.org1",
            "AdaLovelaceAdaLovelace",
            "gro.elpmaxe.licnuoc@ecalevol.ada",
            "outturnoutturnoutturn",
            "adalovelaceoutturn",
            "abcdefghijklmnop",
            "20262026202620262026",
        ] {
            let (code, detail) = check(easy, &ADA.words()).expect_err(easy);
            assert_eq!(code, "weak_password", "{easy}");
            assert!(!detail.contains(easy), "{easy} is repeated");
        }
    }

    #[test]
    fn other_passwords_are_accepted_whatever_characters_they_have() {
        for sound in [
            "a long phrase of hers",
            "lovelace likes long phrases",
            "a long phrase nobody guesses",
            "correct horse battery",
            "another long phrase",
            "hrtqwzplkvxmsda",
            "eine ziemlich lange wortfolge",
            "\u{43f}\u{440}\u{44b}\u{433}\u{430}\u{435}\u{442} \u{437}\u{435}\u{43b}\u{435}\u{43d}\u{44b}\u{439} \u{43a}\u{43e}\u{442}",
        ] {
            assert_eq!(check(sound, &ADA.words()), Ok(()), "{sound}");
        }
    }

    #[test]
    fn a_password_that_is_too_short_or_too_long_is_refused() {
        let (code, detail) = check("fourteen chars", &[]).expect_err("14 characters");
        assert_eq!((code, detail.as_str()), ("too_short", "The password has 14 characters. Use 15 or more."));
        let (code, detail) = check(&"long ".repeat(41), &[]).expect_err("205 characters");
        assert_eq!(
            (code, detail.as_str()),
            ("too_long", "The password has 205 characters. Use 200 or fewer.")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_the_check_panic(password in "\\PC{15,200}", name in "\\PC{0,20}", email in "\\PC{0,20}@\\PC{0,20}") {
            let _ = check(&password, &Owner { name: &name, email: &email }.words());
        }
    }
}
