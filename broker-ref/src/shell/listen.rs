//! The URL of a listener.

#[cfg(feature = "tls")]
use super::certificate::Certificate;
use std::{fmt, str::FromStr};

/// Where to listen and how: `ws://host:port/path` or `mqtt://host:port`, under TLS `wss://` or `mqtts://`.
///
/// Without a port it is 8083 for `ws`, 8084 for `wss`, 1883 for `mqtt`, 8883 for `mqtts`; port 0 takes any free one.
/// Without a path it is `/mqtt`. Under TLS it needs the feature `tls` and a certificate. An address other
/// than loopback needs no further permission.
///
/// ```
/// use mqttspec_broker::shell::Listen;
/// let listen: Listen = "ws://127.0.0.1".parse()?;
/// assert_eq!(listen.to_string(), "ws://127.0.0.1:8083/mqtt");
/// let error = "http://127.0.0.1".parse::<Listen>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot listen on \"http://127.0.0.1\": unknown scheme, expected ws://host:port/path or mqtt://host:port, \
///      under TLS wss:// or mqtts://"
/// );
/// # Ok::<(), mqttspec_broker::shell::ParseListenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    scheme: &'static Scheme,
    /// As in the URL, an IPv6 address without its brackets.
    host: String,
    port: u16,
    /// Of a WebSocket only. It tells WebSockets from other HTTP, and nothing else: v5 section 6, v3.1.1 section 6.
    path: Option<String>,
    /// Under TLS only.
    #[cfg(feature = "tls")]
    certificate: Option<Certificate>,
}

#[derive(Debug, PartialEq, Eq)]
struct Scheme {
    name: &'static str,
    websocket: bool,
    tls: bool,
    default_port: u16,
}

/// 1883 and 8883 are registered with IANA for MQTT; the others are not, but brokers and browser clients agree on them.
const SCHEMES: [Scheme; 4] = [
    Scheme { name: "ws", websocket: true, tls: false, default_port: 8083 },
    Scheme { name: "wss", websocket: true, tls: true, default_port: 8084 },
    Scheme { name: "mqtt", websocket: false, tls: false, default_port: 1883 },
    Scheme { name: "mqtts", websocket: false, tls: true, default_port: 8883 },
];

impl Listen {
    pub(super) fn scheme(&self) -> &'static str {
        self.scheme.name
    }

    /// The host, as the URL names it; an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 0 asks for any free one, and is never seen in [`Server::urls`](super::Server::urls).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path of a WebSocket listener; absent for TCP.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Whether it is under TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme.tls
    }

    /// Whether it has what the TLS handshake needs.
    pub(super) fn can_handshake(&self) -> bool {
        #[cfg(feature = "tls")]
        let has_certificate = self.certificate.is_some();
        #[cfg(not(feature = "tls"))]
        let has_certificate = false;
        has_certificate || !self.is_tls()
    }

    /// Shows this certificate to clients, if it is under TLS; changes nothing if it is not.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_certificate(self, certificate: Certificate) -> Self {
        Self { certificate: self.is_tls().then_some(certificate), ..self }
    }

    /// The certificate for clients under TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    pub(super) fn with_port(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }
}

impl FromStr for Listen {
    type Err = ParseListenError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        parse(url).map_err(|fault| ParseListenError { url: url.to_owned(), fault })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.name;
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}{}", self.host, self.port, self.path().unwrap_or_default())
    }
}

/// A URL is not that of a listener: what is wrong, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseListenError {
    url: String,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    UnknownScheme,
    NoHost,
    UserInfo,
    Port,
    PathOverTcp,
    NotPath,
}

impl fmt::Display for ParseListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            Fault::UnknownScheme => {
                "unknown scheme, expected ws://host:port/path or mqtt://host:port, under TLS wss:// or mqtts://"
            }
            Fault::NoHost => "missing host, expected one such as 127.0.0.1 or [::1]",
            Fault::UserInfo => "a listener has no user or password, expected host:port",
            Fault::Port => "bad port, expected 0 to 65535, where 0 takes any free one",
            Fault::PathOverTcp => "only ws:// and wss:// have a path, expected host:port",
            Fault::NotPath => "bad path, expected printable ASCII without '?' and '#', such as /mqtt",
        };
        write!(f, "cannot listen on {:?}: {fault}", self.url)
    }
}

impl std::error::Error for ParseListenError {}

fn parse(url: &str) -> Result<Listen, Fault> {
    let (scheme, rest) = url.split_once("://").ok_or(Fault::UnknownScheme)?;
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let scheme = SCHEMES.iter().find(|known| known.name == scheme).ok_or(Fault::UnknownScheme)?;
    let path = match scheme.websocket {
        true => Some(websocket_path(path)?),
        false if matches!(path, "" | "/") => None,
        false => return Err(Fault::PathOverTcp),
    };
    if authority.contains('@') {
        return Err(Fault::UserInfo);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').ok_or(Fault::NoHost)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if host.is_empty() {
        return Err(Fault::NoHost);
    }
    let port = parse_port(port, scheme.default_port)?;
    Ok(Listen {
        scheme,
        host: host.to_owned(),
        port,
        path,
        #[cfg(feature = "tls")]
        certificate: None,
    })
}

fn websocket_path(path: &str) -> Result<String, Fault> {
    match path {
        "" => Ok(WEBSOCKET_PATH.to_owned()),
        _ if path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#') => Ok(path.to_owned()),
        _ => Err(Fault::NotPath),
    }
}

/// `port` is empty or begins with its colon.
fn parse_port(port: &str, default: u16) -> Result<u16, Fault> {
    if port.is_empty() {
        return Ok(default);
    }
    let digits = port.strip_prefix(':').ok_or(Fault::Port)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Port);
    }
    digits.parse().map_err(|_| Fault::Port)
}

const WEBSOCKET_PATH: &str = "/mqtt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_completed_and_printed() {
        for (url, whole) in [
            ("ws://127.0.0.1:8083/mqtt", "ws://127.0.0.1:8083/mqtt"),
            ("ws://localhost", "ws://localhost:8083/mqtt"),
            ("ws://localhost/", "ws://localhost:8083/"),
            ("ws://[::1]:0/a/b", "ws://[::1]:0/a/b"),
            ("ws://[::1]", "ws://[::1]:8083/mqtt"),
            ("wss://localhost", "wss://localhost:8084/mqtt"),
            ("mqtt://0.0.0.0", "mqtt://0.0.0.0:1883"),
            ("mqtts://[::1]", "mqtts://[::1]:8883"),
            ("mqtt://127.0.0.1:0/", "mqtt://127.0.0.1:0"),
        ] {
            let listen: Listen = url.parse().unwrap();
            assert_eq!(listen.to_string(), whole);
            assert_eq!(whole.parse(), Ok(listen));
        }
    }

    #[test]
    fn fault_is_named() {
        for (url, fault) in [
            ("127.0.0.1:1883", Fault::UnknownScheme),
            ("http://127.0.0.1", Fault::UnknownScheme),
            ("ws://", Fault::NoHost),
            ("mqtt://:1883", Fault::NoHost),
            ("ws://[::1", Fault::NoHost),
            ("ws://a:b@127.0.0.1", Fault::UserInfo),
            ("ws://127.0.0.1:", Fault::Port),
            ("ws://127.0.0.1:65536", Fault::Port),
            ("ws://127.0.0.1:+1", Fault::Port),
            ("ws://[::1]8083", Fault::Port),
            ("ws://::1", Fault::NoHost),
            ("mqtt://127.0.0.1/mqtt", Fault::PathOverTcp),
            ("mqtts://127.0.0.1/mqtt", Fault::PathOverTcp),
            ("ws://127.0.0.1/mqtt?x", Fault::NotPath),
            ("ws://127.0.0.1?x", Fault::NotPath),
            ("ws://127.0.0.1/a b", Fault::NotPath),
        ] {
            assert_eq!(url.parse::<Listen>().map_err(|error| error.fault), Err(fault), "{url}");
        }
    }
}
