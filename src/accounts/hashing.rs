//! Hashes secrets and passwords with Argon2id. A fixed number of memory buffers is reused.
//!
//! Without reuse, the allocator keeps the memory of each hash. Concurrent sign-ins then grew the
//! process permanently to 1.7 GB.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use crate::db::Error;

/// The maximum number of hashes that the server computes at the same time. Each hash needs one
/// memory buffer and one core. Further requests wait.
const MAX_CONCURRENT: usize = 2;
static PERMITS: Semaphore = Semaphore::const_new(MAX_CONCURRENT);

/// The memory buffers that are not in use. A task must have a permit to take a buffer, so at most
/// [`MAX_CONCURRENT`] buffers exist.
static BUFFERS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// The Argon2id parameters, which are OWASP's minimum: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The largest Argon2id parameters with which a stored hash is checked. A stored hash with larger
/// parameters matches no secret.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 4;

/// A hash that matches no known secret. The server checks it if a name has no stored hash, so that
/// the check takes the same time for every name.
const HASH_OF_UNKNOWN_NAME: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Returns the hash of a secret in the PHC string format, as the database stores it.
pub async fn hash(secret: &str) -> Result<String, Error> {
    let secret = secret.to_owned();
    with_buffer(move |buffer| hash_in(buffer, &secret)).await?
}

/// Returns whether a secret matches the stored hash. Takes equally long if no hash is stored.
pub async fn verify(secret: String, stored: Option<String>) -> Result<bool, Error> {
    with_buffer(move |buffer| {
        let hash = PasswordHash::new(stored.as_deref().unwrap_or(HASH_OF_UNKNOWN_NAME));
        let is_of_hash = hash.is_ok_and(|hash| matches_hash(buffer, &secret, &hash));
        is_of_hash && stored.is_some()
    })
    .await
}

fn hash_in(buffer: &mut Vec<Block>, secret: &str) -> Result<String, Error> {
    let internal = |cause: &dyn std::fmt::Display| Error::Internal(cause.to_string());
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| internal(&error))?;
    let (algorithm, version, salt) = (Algorithm::Argon2id, Version::V0x13, Salt::generate());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    compute(buffer, &Argon2::new(algorithm, version, params.clone()), secret, &salt, &mut output)
        .map_err(|error| internal(&error))?;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).map_err(|error| internal(&error))?,
        salt: Some(salt),
        hash: Some(Output::new(&output).map_err(|error| internal(&error))?),
    };
    Ok(hash.to_string())
}

/// Returns whether a secret matches a hash. Uses the algorithm and the parameters that the hash
/// contains.
fn matches_hash(buffer: &mut Vec<Block>, secret: &str, hash: &PasswordHash) -> bool {
    let Some((argon2, salt, expected)) = parts(hash) else { return false };
    let mut output = [0; Output::MAX_LENGTH];
    let Some(output) = output.get_mut(..expected.len()) else { return false };
    let computed = compute(buffer, &argon2, secret, &salt, output);
    // `Output` compares in constant time.
    computed.is_ok() && Output::new(output).is_ok_and(|output| output == expected)
}

fn parts(hash: &PasswordHash) -> Option<(Argon2<'static>, Salt, Output)> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(hash).ok()?;
    let is_acceptable =
        params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES;
    is_acceptable.then_some((Argon2::new(algorithm, version, params), hash.salt?, hash.hash?))
}

/// Computes a hash in the memory buffer. Uses new memory if the buffer is too small for the
/// parameters.
fn compute(
    buffer: &mut Vec<Block>,
    argon2: &Argon2<'_>,
    secret: &str,
    salt: &Salt,
    output: &mut [u8],
) -> argon2::Result<()> {
    let blocks = argon2.params().block_count();
    if blocks > buffer.len() {
        let larger = vec![Block::new(); blocks];
        return argon2.hash_password_into_with_memory(secret.as_bytes(), salt, output, larger);
    }
    argon2.hash_password_into_with_memory(secret.as_bytes(), salt, output, buffer)
}

/// Runs work with a memory buffer on a thread for blocking work. The work keeps its permit even if
/// the request is dropped, so a later request always finds a buffer.
async fn with_buffer<T: Send + 'static>(
    work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
) -> Result<T, Error> {
    let permit = PERMITS.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let run = move || {
        let _permit = permit;
        let free = || BUFFERS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = free().pop().unwrap_or_else(new_buffer);
        let result = work(&mut buffer);
        free().push(buffer);
        result
    };
    tokio::task::spawn_blocking(run).await.map_err(|error| Error::Internal(error.to_string()))
}

fn new_buffer() -> Vec<Block> {
    let blocks = usize::try_from(MEMORY_KIB).unwrap_or_default();
    vec![Block::new(); blocks]
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;

    async fn is_right(secret: &str, stored: Option<&str>) -> bool {
        verify(secret.to_owned(), stored.map(str::to_owned)).await.expect("an answer")
    }

    #[tokio::test]
    async fn a_secret_matches_its_own_hash_alone() {
        let stored = hash("correct horse battery").await.expect("a hash");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(is_right("correct horse battery", Some(&stored)).await);
        assert!(!is_right("correct horse batterx", Some(&stored)).await);
        assert!(!is_right("correct horse battery", None).await);
    }

    #[test]
    fn the_hash_for_unknown_names_costs_what_a_new_hash_costs() {
        let unknown = PasswordHash::new(HASH_OF_UNKNOWN_NAME).expect("a hash");
        let (argon2, ..) = parts(&unknown).expect("acceptable parameters");
        let current = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).expect("parameters");
        assert_eq!(argon2.params(), &current);
        assert_eq!(new_buffer().len(), current.block_count());
    }

    #[tokio::test]
    async fn a_stored_hash_with_other_parameters_matches_up_to_a_bound() {
        let with = |memory, passes, lanes| {
            let params = Params::new(memory, passes, lanes, None).expect("parameters");
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let hash: PasswordHash = argon2.hash_password(b"secret").expect("a hash");
            hash.to_string()
        };
        for (memory, passes, lanes) in [(8, 1, 1), (4 * 1024, 3, 4), (MAX_MEMORY_KIB, 1, 1)] {
            let stored = with(memory, passes, lanes);
            assert!(is_right("secret", Some(&stored)).await, "{stored}");
            assert!(!is_right("secreT", Some(&stored)).await, "{stored}");
        }
        for (memory, passes, lanes) in [(MAX_MEMORY_KIB + 8, 1, 1), (8, MAX_PASSES + 1, 1), (64, 1, 5)] {
            let stored = with(memory, passes, lanes);
            assert!(!is_right("secret", Some(&stored)).await, "{stored}");
        }
        assert!(!is_right("secret", Some("no hash at all")).await);
    }

    #[tokio::test]
    async fn a_dropped_request_leaves_no_further_buffer() {
        for _ in 0..3 {
            let checks = (0..8).map(|_| tokio::spawn(is_right("secret", None)));
            let checks: Vec<_> = checks.collect();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            checks.iter().for_each(tokio::task::JoinHandle::abort);
        }
        assert!(!is_right("secret", None).await);
        let permits = PERMITS.acquire_many(2).await.expect("all permits");
        assert!(BUFFERS.lock().expect("buffers").len() <= MAX_CONCURRENT);
        drop(permits);
    }
}
