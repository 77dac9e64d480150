//! The signing keys in the data directory: made on first use, readable by their owner alone.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Failure;
use crate::config::Config;
use crate::web::Tokens;
use crate::web::token::{Parties, SigningKey};

/// Opens the keys; the newest signs, the others are still accepted.
pub(super) fn open(config: &Config) -> Result<Tokens, Failure> {
    let dir = config.data_dir.join("keys");
    fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    let mut files = files(&dir)?;
    if files.is_empty() {
        files.push(make(&dir)?);
    }
    let mut keys = files.iter().rev().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let signing = keys.next().ok_or("there is no signing key")?;
    let parties = Parties { issuer: config.issuer.clone(), audience: config.audience.clone() };
    Ok(Tokens::new(parties, signing, keys.collect()))
}

/// The key files, oldest first: their names begin with the time they were made.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pk8") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a key under a name that is whole only when the key is: a crash half-way leaves no broken key.
fn make(dir: &Path) -> Result<PathBuf, Failure> {
    let made = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let path = dir.join(format!("{made:012}.pk8"));
    let fresh = path.with_extension("new");
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(&SigningKey::generate()?)?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    Ok(path)
}

fn read(path: &Path) -> Result<SigningKey, Failure> {
    let document = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    SigningKey::from_pkcs8(&document).map_err(|error| format!("{}: {error}", path.display()).into())
}
