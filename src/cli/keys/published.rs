//! Checks that a running server publishes a signing key in its JSON Web Key Set.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::auth::oidc::fetch;

/// Maximum time to wait until a server publishes a signing key. Servers look for new keys every
/// five seconds.
const MAX_WAIT: Duration = Duration::from_secs(12);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
}

pub(super) enum KeyState {
    Published,
    /// The server responds but does not publish the signing key.
    Missing,
    /// The server did not respond. The text is the reason.
    Unreachable(String),
}

/// Returns the address with which a client on the same machine reaches a server that has this bind
/// address. Returns `None` if the port is 0.
pub(super) fn reachable(bind: SocketAddr) -> Option<SocketAddr> {
    let ip = match bind {
        SocketAddr::V4(four) if four.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(six) if six.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    (bind.port() != 0).then_some(SocketAddr::new(ip, bind.port()))
}

/// Polls the server until it publishes the signing key, for at most [`MAX_WAIT`]. Returns early if
/// a request fails.
pub(super) async fn wait(address: SocketAddr, kid: &str, only: bool) -> KeyState {
    let (client, url, started) =
        (fetch::client(), format!("http://{address}/.well-known/jwks.json"), Instant::now());
    loop {
        match fetch::json::<KeySet>(&client, &url).await {
            Err(reason) => return KeyState::Unreachable(reason),
            Ok(set) => {
                let is_published = set.keys.iter().any(|key| key.kid == kid);
                if is_published && (!only || set.keys.len() == 1) {
                    return KeyState::Published;
                }
            }
        }
        if started.elapsed() > MAX_WAIT {
            return KeyState::Missing;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_over_loopback() {
        let reached =
            |text: &str| reachable(text.parse().expect("an address")).map(|address| address.to_string());
        assert_eq!(reached("0.0.0.0:8080").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(reached("[::]:8080").as_deref(), Some("[::1]:8080"));
        assert_eq!(reached("192.0.2.1:80").as_deref(), Some("192.0.2.1:80"));
        assert_eq!(reached("127.0.0.1:0"), None);
    }
}
