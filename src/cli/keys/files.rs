//! The files of signing keys, their order, and the choice of the key that signs.
//!
//! A file is named `<counter>-<made>.pk8`, where `made` is the creation time in seconds since 1970.
//! The counter determines the order. A key that was created while the clock was ahead must not
//! remain the newest. Files with a name of the old form, `<made>.pk8`, come before all others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time for which a signing key is published before it is used. Every server looks for new keys
/// within this time.
pub(super) const PUBLICATION_TIME: Duration = Duration::from_secs(15);

/// A file with a signing key. Files are ordered by the creation of their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyFile {
    counter: u64,
    made: u64,
    pub(super) path: PathBuf,
}

impl KeyFile {
    /// Returns the signing key file at a path. Returns `None` if the extension is not `pk8`.
    pub(super) fn at(path: PathBuf) -> Option<Self> {
        if path.extension()? != "pk8" {
            return None;
        }
        let stem = path.file_stem()?.to_str().unwrap_or_default();
        let (counter, made) = stem.split_once('-').unwrap_or(("0", stem));
        let number = |text: &str| text.parse().unwrap_or(0);
        Some(Self { counter: number(counter), made: number(made), path })
    }

    /// Returns the file for a new signing key, which comes after all existing files.
    pub(super) fn next(dir: &Path, files: &[Self], now: u64) -> Self {
        let counter = files.iter().map(|file| file.counter).max().unwrap_or(0).saturating_add(1);
        Self { counter, made: now, path: dir.join(format!("{counter:06}-{now:012}.pk8")) }
    }

    /// Returns the age of the signing key. Returns `None` if the creation time is in the future.
    pub(super) fn age(&self, now: u64) -> Option<Duration> {
        now.checked_sub(self.made).map(Duration::from_secs)
    }
}

/// The time at which this process first saw the file of each signing key.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<PathBuf, Instant>);

impl Known {
    /// Records which key files exist. Returns the new files whose creation time is in the future.
    pub(super) fn update<'f>(&mut self, files: &'f [KeyFile], now: u64) -> Vec<&'f KeyFile> {
        self.0.retain(|path, _| files.iter().any(|file| file.path == *path));
        let mut ahead = Vec::new();
        for file in files {
            self.0.entry(file.path.clone()).or_insert_with(|| {
                ahead.extend(file.age(now).is_none().then_some(file));
                Instant::now()
            });
        }
        ahead
    }

    /// Returns the time since this process first saw a key file.
    pub(super) fn known_for(&self, file: &KeyFile) -> Duration {
        self.0.get(&file.path).map(Instant::elapsed).unwrap_or_default()
    }
}

/// Returns the index of the key that signs. It is the newest key that has been published for
/// [`PUBLICATION_TIME`]. The time is counted from the creation of the key, or from when this
/// process first saw its file. If no key has been published long enough, the oldest key signs.
pub(super) fn signing_index(files: &[KeyFile], now: u64, known_for: impl Fn(&KeyFile) -> Duration) -> usize {
    let is_published = |file: &KeyFile| {
        file.age(now).is_some_and(|age| age >= PUBLICATION_TIME) || known_for(file) >= PUBLICATION_TIME
    };
    files.iter().rposition(is_published).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_796_000_000;

    fn files(names: &[&str]) -> Vec<KeyFile> {
        let mut files: Vec<_> =
            names.iter().filter_map(|name| KeyFile::at(Path::new("keys").join(name))).collect();
        files.sort();
        files
    }

    fn signs(names: &[&str], known_for: u64) -> String {
        let files = files(names);
        let signing = signing_index(&files, NOW, |_| Duration::from_secs(known_for));
        files[signing].path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned()
    }

    #[test]
    fn keys_are_ordered_by_counter_and_old_names_come_first() {
        let ordered = files(&[
            "000010-001700000000.pk8",
            "009900000000.pk8",
            "000002-009900000000.pk8",
            "001700000000.pk8",
            "webhooks.key",
            "000011-001700000001.new",
        ]);
        let names: Vec<_> =
            ordered.iter().filter_map(|file| file.path.file_name().and_then(|name| name.to_str())).collect();
        let expected =
            ["001700000000.pk8", "009900000000.pk8", "000002-009900000000.pk8", "000010-001700000000.pk8"];
        assert_eq!(names, expected);
        let next = KeyFile::next(Path::new("keys"), &ordered, NOW);
        assert_eq!(next.path, Path::new("keys/000011-001796000000.pk8"));
        assert_eq!(KeyFile::at(next.path.clone()), Some(next));
    }

    #[test]
    fn the_newest_key_signs_that_was_published_long_enough() {
        let (old, fresh) = ("000001-001795999985.pk8", "000002-001795999986.pk8");
        assert_eq!(signs(&[old, fresh], 0), old);
        assert_eq!(signs(&[old, fresh], 15), fresh);
        assert_eq!(signs(&[fresh], 0), fresh, "there is no other");
    }

    #[test]
    fn a_key_made_while_the_clock_was_ahead_does_not_stay_the_newest() {
        for ahead in ["009900000000.pk8", "000001-009900000000.pk8"] {
            let rotated = "000002-001795999900.pk8";
            assert_eq!(signs(&[ahead, rotated], 0), rotated);
            assert_eq!(signs(&["001700000000.pk8", ahead], 0), "001700000000.pk8");
            assert_eq!(signs(&["001700000000.pk8", ahead], 15), ahead, "its time counts as now");
        }
    }

    #[test]
    fn a_process_reports_a_key_of_the_future_once() {
        let (mut known, files) = (Known::default(), files(&["001700000000.pk8", "009900000000.pk8"]));
        assert_eq!(known.update(&files, NOW), [&files[1]]);
        assert_eq!(known.update(&files, NOW), Vec::<&KeyFile>::new());
        assert!(known.known_for(&files[0]) < PUBLICATION_TIME);
    }
}
