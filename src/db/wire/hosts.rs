//! The hosts in a connection string to PostgreSQL, and sockets to these hosts.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts};

pub(super) type Socket = Box<dyn Stream>;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostAddress {
    endpoint: Endpoint,
    port: u16,
    tls_name: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Endpoint {
    Tcp(String),
    Unix(PathBuf),
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Endpoint::Tcp(host) => write!(f, "{host}:{}", self.port),
            Endpoint::Unix(dir) => write!(f, "{}/.s.PGSQL.{}", dir.display(), self.port),
        }
    }
}

/// Returns the hosts of a connection string in the order in which they are tried. Fails if the
/// numbers of hosts, addresses and ports do not match.
pub(super) fn list_hosts(config: &Config) -> Result<Vec<HostAddress>, &'static str> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err("the connection string must have the same number of hosts and hostaddrs");
    }
    let count = hosts.len().max(addresses.len());
    if ports.len() > 1 && ports.len() != count {
        return Err("the connection string must have one port, or one port for each host");
    }
    let host_address = |index: usize| {
        let host = hosts.get(index);
        let name = match host {
            Some(Host::Tcp(name)) => name.clone(),
            _ => String::new(),
        };
        let endpoint = match (addresses.get(index), host) {
            (Some(address), _) => Endpoint::Tcp(address.to_string()),
            (None, Some(Host::Unix(dir))) => Endpoint::Unix(dir.clone()),
            (None, _) => Endpoint::Tcp(name.clone()),
        };
        let tls_name = if name.is_empty() {
            addresses.get(index).map(ToString::to_string).unwrap_or_default()
        } else {
            name
        };
        HostAddress { endpoint, port: ports.get(index).or(ports.first()).copied().unwrap_or(5432), tls_name }
    };
    let mut host_addresses: Vec<HostAddress> = (0..count).map(host_address).collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        let random = RandomState::new();
        host_addresses.sort_by_cached_key(|host_address| random.hash_one(host_address.to_string()));
    }
    Ok(host_addresses)
}

impl HostAddress {
    /// Returns whether the endpoint is a Unix socket. PostgreSQL does not use TLS over Unix
    /// sockets.
    pub(super) const fn is_local(&self) -> bool {
        matches!(self.endpoint, Endpoint::Unix(_))
    }

    /// Returns the name that the host's certificate must have.
    pub(super) fn tls_name(&self) -> &str {
        &self.tls_name
    }

    pub(super) async fn open(&self, config: &Config) -> io::Result<Socket> {
        let limit = config.get_connect_timeout().copied();
        let host = match &self.endpoint {
            Endpoint::Unix(dir) => {
                let path = dir.join(format!(".s.PGSQL.{}", self.port));
                return Ok(Box::new(limited(limit, UnixStream::connect(path)).await?));
            }
            Endpoint::Tcp(host) => host,
        };
        let mut failure = io::Error::other("the host name has no address");
        for address in lookup_host((host.to_owned(), self.port)).await? {
            match open_tcp(address, limit, config).await {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

async fn open_tcp(address: SocketAddr, limit: Option<Duration>, config: &Config) -> io::Result<TcpStream> {
    let stream = limited(limit, TcpStream::connect(address)).await?;
    stream.set_nodelay(true)?;
    let socket = SockRef::from(&stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(config.get_tcp_user_timeout().copied())?;
    if config.get_keepalives() {
        let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
        if let Some(interval) = config.get_keepalives_interval() {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(retries) = config.get_keepalives_retries() {
            keepalive = keepalive.with_retries(retries);
        }
        socket.set_tcp_keepalive(&keepalive)?;
    }
    Ok(stream)
}

async fn limited<T>(
    limit: Option<Duration>,
    connecting: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match limit {
        Some(limit) => timeout(limit, connecting).await?,
        None => connecting.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, &'static str> {
        let config: Config = text.parse().expect(text);
        Ok(list_hosts(&config)?
            .iter()
            .map(|host_address| format!("{host_address} {}", host_address.tls_name()))
            .collect())
    }

    #[test]
    fn hosts_addresses_and_ports_are_paired() {
        let several = names("host=a,/run/b,c port=1,2,3").expect("hosts");
        assert_eq!(several, ["a:1 a", "/run/b/.s.PGSQL.2 ", "c:3 c"]);
        assert_eq!(names("host=db hostaddr=10.0.0.1").expect("hosts"), ["10.0.0.1:5432 db"]);
        assert_eq!(names("hostaddr=10.0.0.1,10.0.0.2 port=6").expect("hosts").len(), 2);
        assert!(names("host=a,b hostaddr=10.0.0.1").is_err());
        assert!(names("host=a,b port=1,2,3").is_err());
        let mut random = names("host=a,b,c load_balance_hosts=random").expect("hosts");
        random.sort();
        assert_eq!(random, ["a:5432 a", "b:5432 b", "c:5432 c"]);
    }
}
