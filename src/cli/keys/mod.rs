//! The keys in the data directory. They are created on first use, and only their owner can read the
//! files.

mod files;
mod published;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

pub(super) use self::files::Known;
use self::files::{KeyFile, PUBLICATION_TIME};
use self::published::KeyState;
use super::database::{self, Database};
use super::error::CommandError;
use crate::auth::Tokens;
use crate::auth::token::{LIFETIME, Parties, SigningKey};
use crate::config::Config;
use crate::webhooks::queries;
use crate::webhooks::signing::MasterKey;

/// Opens the signing keys. New tokens are signed with the newest key that has been published long
/// enough. The tokens of all keys are accepted.
pub(super) fn open(config: &Config, known: &mut Known) -> Result<Tokens, CommandError> {
    let (signing, others) = load_keys(config, known)?;
    let parties = Parties { issuer: config.issuer.clone(), audience: config.audience.clone() };
    Ok(Tokens::new(parties, signing, others))
}

/// Reads the signing keys again. Adds new keys and removes deleted keys.
pub(super) fn renew(config: &Config, known: &mut Known, tokens: &Tokens) -> Result<(), CommandError> {
    let (signing, others) = load_keys(config, known)?;
    tokens.renew(signing, others);
    Ok(())
}

/// Creates a signing key that is used after [`PUBLICATION_TIME`]. Deletes keys whose tokens have
/// all expired. With `at_once`, for an emergency, deletes all earlier keys, so that the new key
/// signs immediately.
pub(super) fn rotate(config: &Config, at_once: bool) -> Result<(), CommandError> {
    let (dir, now) = (create_directory(config)?, now()?);
    let existing = list_key_files(&dir)?;
    let newest = existing.last().map(|file| file.age(now));
    if !at_once && existing.len() > 1 && newest.flatten().is_some_and(|age| age < LIFETIME) {
        return Err(
            "the signing keys were rotated within the last fifteen minutes, so tokens of the previous key are still valid. \
                    Use `--now` to invalidate these tokens"
                .into(),
        );
    }
    let created = create_key_file(&KeyFile::next(&dir, &existing, now))?;
    // The previous key may not sign yet if its creation time is in the future. The key before it is
    // retained then.
    let retained = if at_once { 0 } else { 1 + usize::from(newest == Some(None)) };
    for file in existing.iter().rev().skip(retained) {
        fs::remove_file(&file.path)?;
    }
    let kid = read(&created)?.id().to_owned();
    if at_once {
        println!(
            "the new key {kid} signs tokens from now on. Servers with only this key refuse access tokens of earlier keys, and sessions get new tokens"
        );
    } else {
        println!("the new key {kid} starts to sign tokens in {} seconds", PUBLICATION_TIME.as_secs());
    }
    let earlier = if at_once { ", and delete the earlier .pk8 files on those servers" } else { "" };
    println!("copy {} to each server with its own data directory{earlier}", created.path.display());
    check_published(config, &kid, at_once)
}

/// Prints whether the server on this machine publishes a signing key. With `only`, the server must
/// publish no other key.
fn check_published(config: &Config, kid: &str, only: bool) -> Result<(), CommandError> {
    let Some(address) = published::reachable(config.bind) else {
        println!("the port of OUTTURN_BIND is 0, so no server was checked for the new key");
        return Ok(());
    };
    match database::block_on(async { Ok(published::wait(address, kid, only).await) })? {
        KeyState::Published => println!("the server at {address} publishes the new key"),
        KeyState::Unreachable(reason) => println!(
            "the keys of a server at {address} cannot be read ({reason}). If a server is running, set OUTTURN_BIND to its address, or look for {kid} \
             in its /.well-known/jwks.json"
        ),
        KeyState::Missing => {
            return Err(format!(
                "the server at {address} has not loaded the new key files. Check that its OUTTURN_DATA_DIR is {}, and check its log",
                config.data_dir.display()
            )
            .into());
        }
    }
    Ok(())
}

/// Opens the key from which webhook secrets are derived. It is created once and never rotated,
/// because a new key would require a new secret for every receiver.
pub(super) fn webhooks(config: &Config) -> Result<MasterKey, CommandError> {
    let path = create_directory(config)?.join("webhooks.key");
    if !path.exists() {
        let mut fresh = [0; MasterKey::LENGTH];
        aws_lc_rs::rand::fill(&mut fresh).map_err(|_| "the random number generator failed")?;
        let temporary = write_private_file(&path.with_extension(Uuid::now_v7().to_string()), &fresh)?;
        // If two servers start at the same time, only the first one creates the key file.
        match fs::hard_link(&temporary, &path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => fs::remove_file(&temporary)?,
        }
    }
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let bytes = <&[u8; MasterKey::LENGTH]>::try_from(bytes.as_slice());
    Ok(MasterKey::new(
        bytes.map_err(|_| format!("{}: the file does not contain a key of 32 bytes", path.display()))?,
    ))
}

/// Fails if the webhook secrets are derived from a key that is not this key. Receivers would refuse
/// signatures that are made with this key.
pub(super) async fn check_webhooks(database: &Database, key: &MasterKey) -> Result<(), CommandError> {
    let is_ours =
        async |conn: &mut AsyncPgConnection| Ok(queries::is_our_key(conn, &key.fingerprint()).await?);
    if database.read(is_ours).await? {
        return Ok(());
    }
    Err("the webhooks' secrets are derived from another key than keys/webhooks.key. Copy the right key file from \
         another server or a backup. Or run `outturn keys webhooks` and give each receiver a new secret"
        .into())
}

/// Records that webhook secrets are derived from the key in this data directory.
pub(super) fn adopt_webhook_key(config: &Config) -> Result<(), CommandError> {
    let (database, key) = (Database::open(config)?, webhooks(config)?);
    database::block_on(async {
        let store =
            async |conn: &mut AsyncPgConnection| Ok(queries::store_key(conn, &key.fingerprint()).await?);
        database.run("keys webhooks", store).await
    })?;
    println!(
        "the webhooks' secrets are now derived from keys/webhooks.key in this data directory. Give each receiver its new secret"
    );
    Ok(())
}

pub(super) fn create_directory(config: &Config) -> Result<PathBuf, CommandError> {
    let dir = config.data_dir.join("keys");
    fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    Ok(dir)
}

/// Reads the key that signs and the other keys whose tokens are accepted. Creates the first signing
/// key if none exists.
fn load_keys(config: &Config, known: &mut Known) -> Result<(SigningKey, Vec<SigningKey>), CommandError> {
    let (dir, now) = (create_directory(config)?, now()?);
    let mut files = list_key_files(&dir)?;
    if files.is_empty() {
        files.push(create_key_file(&KeyFile::next(&dir, &files, now))?);
    }
    for file in known.update(&files, now) {
        tracing::warn!(key_file = %file.path.display(), "signing key was created in the future");
    }
    let signing = files::signing_index(&files, now, |file| known.known_for(file));
    let signing = read(&files.remove(signing))?;
    Ok((signing, files.iter().rev().map(read).collect::<Result<_, _>>()?))
}

fn now() -> Result<u64, CommandError> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())
}

fn list_key_files(dir: &Path) -> Result<Vec<KeyFile>, CommandError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        files.extend(KeyFile::at(entry?.path()));
    }
    files.sort();
    Ok(files)
}

/// Creates a signing key in a file. Writes a temporary file and renames it, so that a crash leaves
/// no incomplete key.
fn create_key_file(file: &KeyFile) -> Result<KeyFile, CommandError> {
    let fresh = write_private_file(&file.path.with_extension("new"), &SigningKey::generate()?)?;
    fs::rename(&fresh, &file.path)?;
    Ok(file.clone())
}

pub(super) fn write_private_file(path: &Path, content: &[u8]) -> Result<PathBuf, CommandError> {
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(path.to_owned())
}

fn read(file: &KeyFile) -> Result<SigningKey, CommandError> {
    let document = fs::read(&file.path).map_err(|error| format!("{}: {error}", file.path.display()))?;
    SigningKey::from_pkcs8(&document).map_err(|error| format!("{}: {error}", file.path.display()).into())
}
