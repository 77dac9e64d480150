//! The networks that webhooks may reach: the public internet and the configured networks. The limit
//! prevents server-side request forgery. In that attack, a webhook makes the server send requests
//! to services that only the server can reach.

use std::net::IpAddr;

use hyper::Uri;

use crate::values::address::parse_host_address;
use crate::values::network::{Networks, is_public};
use crate::values::{FieldError, Url};

/// The networks that webhooks may reach in addition to the public internet.
#[derive(Debug, Clone, Default)]
pub struct AllowedNetworks(Networks);

impl AllowedNetworks {
    pub const fn new(inner: Networks) -> Self {
        Self(inner)
    }

    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.0.contains(address)
    }

    /// Returns a field error if the server must not send requests to a webhook's URL. Does not
    /// resolve a host name. The HTTP client resolves and checks the name for each attempt.
    pub fn field_error(&self, url: &Url) -> Option<FieldError> {
        let field_error = |code: &'static str, detail: &str| Some(FieldError::body("/url", code, detail));
        let Ok(uri) = url.as_str().parse::<Uri>() else {
            return field_error(
                "bad_format",
                "The text is not a valid URL. Send a URL such as https://example.org/hook.",
            );
        };
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return field_error(
                "bad_format",
                "The text is not a valid URL. Send a URL such as https://example.org/hook.",
            );
        };
        if authority.as_str().contains('@') || url.as_str().contains('#') {
            return field_error("bad_format", "The URL must not have a user name, a password or a fragment.");
        }
        // `port_u16` returns `None` for an invalid port. hyper would then use the default port.
        let port = authority.as_str().strip_prefix(authority.host()).filter(|port| !port.is_empty());
        if port.is_some() && authority.port_u16().is_none_or(|port| port == 0) {
            return field_error("bad_format", "The port of the URL must be a number from 1 to 65535.");
        }
        let address = parse_host_address(authority.host());
        if address.is_some_and(|address| !self.allows(address)) {
            return field_error(
                "inner_address",
                "The server must not send events to the network of this address. Use a public address.",
            );
        }
        let is_inner = address.is_some_and(|address| self.0.contains(address));
        if uri.scheme_str() != Some("https") && !is_inner {
            return field_error("not_confidential", "Events are sent over TLS. Use an https:// URL.");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(networks: &AllowedNetworks, url: &str) -> Option<String> {
        networks.field_error(&url.into()).map(|error| error.code.into_owned())
    }

    #[test]
    fn tls_to_the_public_internet() {
        let networks = AllowedNetworks::default();
        for url in [
            "https://example.org/hook?token=1",
            "https://example.org:8443",
            "https://1.1.1.1/",
            "https://[2600::1]:1/",
        ] {
            assert_eq!(code(&networks, url), None, "{url}");
        }
        for (url, why) in [
            ("http://example.org/", "not_confidential"),
            ("https://127.0.0.1/", "inner_address"),
            ("http://127.0.0.1/", "inner_address"),
            ("https://10.1.2.3:9200/", "inner_address"),
            ("https://169.254.169.254/latest", "inner_address"),
            ("https://[::1]/", "inner_address"),
            ("https://[::ffff:10.0.0.1]/", "inner_address"),
            ("https://ada:secret@example.org/", "bad_format"),
            ("https://example.org@127.0.0.1/", "bad_format"),
            ("https://", "bad_format"),
            ("https://:443/", "bad_format"),
            ("https://example.org:0/", "bad_format"),
            ("https://example.org:99999/", "bad_format"),
            ("https://example.org:/", "bad_format"),
            ("https://[2600::1]:x/", "bad_format"),
            ("https://example.org/#part", "bad_format"),
            ("https://exa mple.org/", "bad_format"),
        ] {
            assert_eq!(code(&networks, url).as_deref(), Some(why), "{url}");
        }
    }

    #[test]
    fn networks_that_are_named() {
        let networks = AllowedNetworks::new("127.0.0.1,10.1.0.0/16".parse().expect("networks"));
        for url in ["http://127.0.0.1:8080/", "https://10.1.9.9/", "http://10.1.9.9/"] {
            assert_eq!(code(&networks, url), None, "{url}");
        }
        assert_eq!(code(&networks, "http://127.0.0.2/").as_deref(), Some("inner_address"));
        assert_eq!(code(&networks, "http://1.1.1.1/").as_deref(), Some("not_confidential"));
    }
}
