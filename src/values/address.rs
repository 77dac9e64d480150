//! Checks of URLs that the server sends requests to.

use std::net::IpAddr;

/// Returns whether requests to the URL are confidential. The URL then uses `https`, or `http` with
/// a loopback address.
pub fn is_confidential(url: &str) -> bool {
    let is_plain =
        |rest: &str| !authority(rest).is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
    match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => is_plain(rest) && !authority(rest).contains('@'),
        (_, Some(rest)) => is_plain(rest) && is_loopback(authority(rest)),
        _ => false,
    }
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn is_loopback(authority: &str) -> bool {
    let without_port = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority, |(host, _)| host);
    parse_host_address(host).is_some_and(|address| address.is_loopback())
}

/// Parses the host of a URL as an IP address. An IPv6 address may be in brackets. Returns `None` if
/// the host is a name.
pub fn parse_host_address(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_or_this_machine() {
        for url in
            ["https://example.org", "https://example.org:8443/a", "http://127.0.0.1:80/a", "http://[::1]:1"]
        {
            assert!(is_confidential(url), "{url}");
        }
        for url in [
            "http://example.org",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://127.0.0.1:80@example.org/",
            "https://someone@example.org/",
            "https://",
            "https:///path",
            "ftp://127.0.0.1/",
            "https://example.org/a b",
        ] {
            assert!(!is_confidential(url), "{url}");
        }
    }
}
