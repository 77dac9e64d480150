//! The signing keys in the data directory: made on first use, readable by their owner alone.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::Failure;
use super::database::{self, Database};
use crate::config::Config;
use crate::web::Tokens;
use crate::web::token::{LIFETIME, Parties, SigningKey};
use crate::webhooks::queries;
use crate::webhooks::signing::MasterKey;

/// A key is published for this long before it signs: until then every server has looked for new keys.
const KNOWN_BEFORE_USED: u64 = 15;

/// Opens the keys: the newest that every server knows signs, the others are accepted.
pub(super) fn open(config: &Config) -> Result<Tokens, Failure> {
    let (signing, others) = ring(config)?;
    let parties = Parties { issuer: config.issuer.clone(), audience: config.audience.clone() };
    Ok(Tokens::new(parties, signing, others))
}

/// Looks for keys that were made since, and for those that are gone.
pub(super) fn renew(config: &Config, tokens: &Tokens) -> Result<(), Failure> {
    let (signing, others) = ring(config)?;
    tokens.renew(signing, others);
    Ok(())
}

/// Makes a key that signs from soon on. The one that signed until now stays for the tokens that are out; those before
/// it go.
pub(super) fn rotate(config: &Config) -> Result<(), Failure> {
    let dir = directory(config)?;
    let before = files(&dir)?;
    let newest = before.last().map_or(0, |file| made_at(file));
    if before.len() > 1 && now()? < newest.saturating_add(LIFETIME.as_secs()) {
        return Err(
            "the keys were rotated within the last fifteen minutes: tokens of the key before still hold"
                .into(),
        );
    }
    make(&dir, now()?.max(newest.saturating_add(1)))?;
    for file in before.iter().rev().skip(1) {
        fs::remove_file(file)?;
    }
    println!("a new key signs in {KNOWN_BEFORE_USED} seconds");
    Ok(())
}

/// Opens the key that the webhooks' secrets are derived from. It is made once and stays: with another one every receiver
/// would need a new secret.
pub(super) fn webhooks(config: &Config) -> Result<MasterKey, Failure> {
    let path = directory(config)?.join("webhooks.key");
    if !path.exists() {
        let mut fresh = [0; MasterKey::LENGTH];
        aws_lc_rs::rand::fill(&mut fresh).map_err(|_| "no randomness")?;
        let whole = written(&path.with_extension(Uuid::now_v7().to_string()), &fresh)?;
        // Of two servers that start side by side the first one makes it.
        match fs::hard_link(&whole, &path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => fs::remove_file(&whole)?,
        }
    }
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let bytes = <&[u8; MasterKey::LENGTH]>::try_from(bytes.as_slice());
    Ok(MasterKey::new(bytes.map_err(|_| format!("{}: not a key of 32 bytes", path.display()))?))
}

/// Refuses a key that the webhooks' secrets are not derived from: receivers would believe nothing that it signs.
pub(super) async fn check_webhooks(database: &Database, key: &MasterKey) -> Result<(), Failure> {
    let is_ours =
        async |conn: &mut AsyncPgConnection| Ok(queries::is_our_key(conn, &key.fingerprint()).await?);
    if database.read(is_ours).await? {
        return Ok(());
    }
    Err("keys/webhooks.key is not the key that webhooks' secrets are made of: copy that from another server or a backup, or \
         run `outturn keys webhooks` and give each receiver a new secret"
        .into())
}

/// From now on webhooks' secrets are derived from the key that is here.
pub(super) fn take_webhooks(config: &Config) -> Result<(), Failure> {
    let (database, key) = (Database::open(config)?, webhooks(config)?);
    database::block_on(async {
        let take =
            async |conn: &mut AsyncPgConnection| Ok(queries::take_key(conn, &key.fingerprint()).await?);
        database.run("keys webhooks", take).await
    })?;
    println!("webhooks' secrets are made of the key that is here: give each receiver a new one");
    Ok(())
}

fn directory(config: &Config) -> Result<PathBuf, Failure> {
    let dir = config.data_dir.join("keys");
    fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    Ok(dir)
}

/// The key that signs and those that are accepted besides; the first is made where there is none.
fn ring(config: &Config) -> Result<(SigningKey, Vec<SigningKey>), Failure> {
    let dir = directory(config)?;
    let mut files = files(&dir)?;
    if files.is_empty() {
        files.push(make(&dir, now()?)?);
    }
    let old_enough = now()?.saturating_sub(KNOWN_BEFORE_USED);
    let signing = files.iter().rposition(|file| made_at(file) <= old_enough).unwrap_or(0);
    let signing = read(&files.remove(signing))?;
    Ok((signing, files.iter().rev().map(|file| read(file)).collect::<Result<_, _>>()?))
}

fn now() -> Result<u64, Failure> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())
}

/// When a key was made, as its file's name says.
fn made_at(file: &Path) -> u64 {
    file.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or(0)
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
fn make(dir: &Path, made: u64) -> Result<PathBuf, Failure> {
    let path = dir.join(format!("{made:012}.pk8"));
    let fresh = written(&path.with_extension("new"), &SigningKey::generate()?)?;
    fs::rename(&fresh, &path)?;
    Ok(path)
}

/// Writes a file that only its owner reads.
fn written(path: &Path, content: &[u8]) -> Result<PathBuf, Failure> {
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(path.to_owned())
}

fn read(path: &Path) -> Result<SigningKey, Failure> {
    let document = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    SigningKey::from_pkcs8(&document).map_err(|error| format!("{}: {error}", path.display()).into())
}
