//! Who is behind a proxy: the PROXY protocol (versions 1 and 2) and X-Forwarded-For, from trusted addresses only.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;
use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

/// An IP address, or a network such as `10.0.0.0/8`.
///
/// ```
/// use mqttspec_broker::shell::Network;
/// assert_eq!("127.0.0.1".parse::<Network>()?.to_string(), "127.0.0.1/32");
/// # Ok::<(), mqttspec_broker::shell::ParseNetworkError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| ParseNetworkError(text.to_owned()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text is neither an IP address nor a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseNetworkError(String);

impl fmt::Display for ParseNetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no IP address and no network; expected 192.0.2.1 or 10.0.0.0/8", self.0)
    }
}

impl std::error::Error for ParseNetworkError {}

/// Reads the PROXY header, and no byte more. `None` if the proxy speaks for itself, as in its own checks of health.
///
/// The peer decides how long this takes, so give it a time limit.
///
/// # Errors
/// When the connection ends, or begins with something else.
pub(super) async fn read_header(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    // no header is shorter
    let mut header = vec![0; SHORTEST];
    socket.read_exact(&mut header).await?;
    if header == SIGNATURE {
        let mut rest = [0; 4];
        socket.read_exact(&mut rest).await?;
        header.extend(rest);
        let [_, _, high, low] = rest;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if len > LONGEST {
            return Err(no_header());
        }
        let start = header.len();
        header.resize(start + len, 0);
        socket.read_exact(header.get_mut(start..).unwrap_or_default()).await?;
    } else if header.starts_with(b"PROXY ") {
        while !header.ends_with(b"\r\n") {
            if header.len() >= LONGEST_LINE {
                return Err(no_header());
            }
            header.push(socket.read_u8().await?);
        }
    } else {
        return Err(no_header());
    }
    match HeaderResult::parse(&header) {
        HeaderResult::V1(Ok(header)) => Ok(match header.addresses {
            v1::Addresses::Tcp4(at) => Some((at.source_address, at.source_port).into()),
            v1::Addresses::Tcp6(at) => Some((at.source_address, at.source_port).into()),
            v1::Addresses::Unknown => None,
        }),
        HeaderResult::V2(Ok(header)) => Ok(match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(at)) => Some((at.source_address, at.source_port).into()),
            (v2::Command::Proxy, v2::Addresses::IPv6(at)) => Some((at.source_address, at.source_port).into()),
            _ => None,
        }),
        _ => Err(no_header()),
    }
}

fn no_header() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a trusted proxy sent no PROXY header, although proxy_protocol is on")
}

/// The client behind trusted proxies: the last address of X-Forwarded-For that is not one of them. Everything before it
/// could be made up by that client. `None` if the header says nothing.
pub(super) fn forwarded_for<'h>(
    values: impl Iterator<Item = &'h [u8]>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    let values: Vec<&[u8]> = values.flat_map(|value| value.split(|byte| *byte == b',')).collect();
    let mut client = None;
    for value in values.into_iter().rev() {
        let Some(ip) = std::str::from_utf8(value).ok().and_then(|text| address(text.trim())) else { break };
        client = Some(ip);
        if !is_trusted(ip) {
            break;
        }
    }
    client
}

/// An address, some proxies add a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|at: SocketAddr| at.ip()))
}

/// Of version 2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// In bytes: the signature of version 2; a line of version 1 has 15 at least.
const SHORTEST: usize = SIGNATURE.len();
/// In bytes, of version 1 with its line end.
const LONGEST_LINE: usize = 107;
/// In bytes, of version 2 after its first 16: addresses, and what a proxy adds.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Option<String>, Vec<u8>), io::ErrorKind> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut rest = bytes;
        let found = runtime.block_on(read_header(&mut rest)).map_err(|error| error.kind())?;
        Ok((found.map(|at| at.to_string()), rest.to_vec()))
    }

    #[test]
    fn headers_of_both_versions_are_read_to_their_end() {
        let v2 = |command: u8, family: u8, addresses: &[u8]| {
            [SIGNATURE, &[command, family, 0, addresses.len() as u8], addresses, b"rest"].concat()
        };
        let ipv4 = [192, 0, 2, 1, 127, 0, 0, 1, 0x12, 0x34, 0x07, 0x5B];
        let ipv6 = [&[0x20, 1][..], &[0; 13], &[1], &[0; 16], &[0, 1, 0, 2]].concat();
        let with_extra = [&ipv4[..], &[4, 0, 1, b'x']].concat();
        for (bytes, found) in [
            (b"PROXY TCP4 192.0.2.1 127.0.0.1 4660 1883\r\nrest".to_vec(), Some("192.0.2.1:4660")),
            (b"PROXY TCP6 2001::1 ::1 1 2\r\nrest".to_vec(), Some("[2001::1]:1")),
            (b"PROXY UNKNOWN\r\nrest".to_vec(), None),
            (v2(0x21, 0x11, &ipv4), Some("192.0.2.1:4660")),
            (v2(0x21, 0x11, &with_extra), Some("192.0.2.1:4660")),
            (v2(0x21, 0x21, &ipv6), Some("[2001::1]:1")),
            (v2(0x20, 0x00, &[]), None),
        ] {
            assert_eq!(read(&bytes), Ok((found.map(str::to_owned), b"rest".to_vec())), "{bytes:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [
            &b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01c"[..],
            b"GET /mqtt HTTP/1.1\r\n",
            b"PROXY TCP4 192.0.2.300 127.0.0.1 1 2\r\n",
            &[b"PROXY TCP4 ".to_vec(), vec![b'1'; 200]].concat(),
            &[SIGNATURE, &[0x21, 0x11, 0xFF, 0xFF]].concat(),
            &[SIGNATURE, &[0x11, 0x11, 0, 0]].concat(),
        ] {
            assert_eq!(read(bytes), Err(io::ErrorKind::InvalidData), "{bytes:?}");
        }
        assert_eq!(read(b"PROXY TCP4 "), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn last_address_that_is_not_a_proxy_is_the_client() {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap()).to_vec();
        for (values, client) in [
            (&["192.0.2.1"][..], Some("192.0.2.1")),
            (&["6.6.6.6, 192.0.2.1, 10.1.2.3"], Some("192.0.2.1")),
            (&["192.0.2.1:80", "10.0.0.1, [::1]:9"], Some("192.0.2.1")),
            (&["10.0.0.2, 10.0.0.1"], Some("10.0.0.2")),
            (&["192.0.2.1, unknown, 10.0.0.1"], Some("10.0.0.1")),
            (&["unknown"], None),
            (&[], None),
        ] {
            let found = forwarded_for(values.iter().map(|value| value.as_bytes()), |ip| {
                trusted.iter().any(|network| network.contains(ip))
            });
            assert_eq!(found.map(|ip| ip.to_string()).as_deref(), client, "{values:?}");
        }
        assert!("10.0.0.0/33".parse::<Network>().is_err() && "proxy".parse::<Network>().is_err());
    }
}
