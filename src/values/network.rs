//! Networks of IP addresses, and the check that an address is on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

const fn net(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

/// The IPv4 networks that are not on the public internet. They are multicast and the networks in
/// the IANA special-purpose registry.
const SPECIAL_V4: [Ipv4Net; 15] = [
    net(0, 0, 0, 8),
    net(10, 0, 0, 8),
    net(100, 64, 0, 10),
    net(127, 0, 0, 8),
    net(169, 254, 0, 16),
    net(172, 16, 0, 12),
    net(192, 0, 0, 24),
    net(192, 0, 2, 24),
    net(192, 88, 99, 24),
    net(192, 168, 0, 16),
    net(198, 18, 0, 15),
    net(198, 51, 100, 24),
    net(203, 0, 113, 24),
    net(224, 0, 0, 4),
    net(240, 0, 0, 4),
];

/// Returns whether an IP address is on the public internet. Public IPv6 addresses are in 2000::/3,
/// except its special-purpose networks and the tunnels to IPv4. An IPv4 address that is written as
/// an IPv6 address is not public.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|special| special.contains(&address)),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // The address ranges are, in order: IETF protocols (including Teredo) and documentation,
        // 6to4, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// A list of IP networks, such as `10.1.2.0/24`. A single address is parsed as a network that
/// contains only this address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |text: &str| {
            let text = text.trim();
            let named = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            named.map_err(|_| format!("`{text}` is not a network such as 10.1.2.0/24"))
        };
        text.split(',').map(network).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn what_is_not_of_the_public_internet() {
        for inner in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "3fff:fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(address(inner)), "{inner}");
        }
    }

    #[test]
    fn what_is() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.169.0.0",
            "198.17.0.1",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2003::1",
            "2600::1",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ] {
            assert!(is_public(address(public)), "{public}");
        }
    }

    #[test]
    fn networks_are_named_one_by_one() {
        let named: Networks = "10.1.2.0/24, 127.0.0.1,fd00::/8".parse().expect("networks");
        for (inside, is) in [
            ("10.1.2.9", true),
            ("10.1.3.9", false),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("fd01::1", true),
        ] {
            assert_eq!(named.contains(address(inside)), is, "{inside}");
        }
        for wrong in ["", "10.0.0.0/33", "example.org", "10.1.2.0/24,"] {
            assert!(wrong.parse::<Networks>().is_err(), "{wrong}");
        }
        assert!(!Networks::default().contains(address("127.0.0.1")));
    }
}
