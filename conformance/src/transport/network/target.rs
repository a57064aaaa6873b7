//! The URL of a broker: `ws://host:port/path` or `mqtt://host:port`, or `wss://` or `mqtts://` for TLS, or `unix:/path`.

use std::{fmt, str::FromStr};

use url::Url;

#[cfg(not(target_family = "wasm"))]
use super::wire::{Watchers, Wire};
use super::{Header, Identity, Limits, Trust, tls::Tls};

/// The URL of a broker, and how to connect to it.
///
/// ```
/// use mqttspec::Target;
/// let target: Target = "ws://localhost/mqtt".parse().unwrap();
/// assert_eq!(target.to_string(), "ws://localhost:8083/mqtt");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Target {
    /// The transport.
    pub scheme: Scheme,
    /// Whether TLS is used.
    pub tls: bool,
    /// The host name or address in the URL; IPv6 addresses have no brackets. `localhost` for a Unix domain socket.
    pub host: String,
    /// The port in the URL, or the default of the scheme: 8083 for `ws`, 8084 for `wss`, 1883 for `mqtt`, 8883 for
    /// `mqtts`. 0 for a Unix domain socket.
    pub port: u16,
    /// The path and query; `/` for TCP. The path of a Unix domain socket.
    pub path: String,
    pub(super) tls_options: Tls,
    /// Sent with every WebSocket handshake.
    pub(super) headers: Vec<Header>,
    #[cfg(not(target_family = "wasm"))]
    pub(super) watchers: Watchers,
    pub(super) limits: Limits,
}

/// The transport of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// WebSocket: `ws`, and `wss` with TLS.
    WebSocket,
    /// TCP: `mqtt` or `tcp`, and `mqtts`, `tls` or `ssl` with TLS.
    Tcp,
    /// A Unix domain socket: `unix:/PATH`.
    Unix,
}

/// A string that is not a URL, or not one that the suite supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError(String);

impl TargetError {
    pub(super) fn new(why: String) -> Self {
        Self(why)
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let shown = without_password(text);
        let wrong = |why: &str| {
            let expected =
                "expected ws://HOST:PORT/PATH or mqtt://HOST:PORT, or wss:// or mqtts:// for TLS, or unix:/PATH";
            TargetError(format!("`{shown}` {why}; {expected}"))
        };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path.starts_with('/') && !path.ends_with('/') {
                true => Ok(Target::at(Scheme::Unix, false, "localhost", 0, path.to_owned())),
                false => Err(wrong("has no absolute path of a socket")),
            };
        }
        if !text.contains("://") {
            let guess = format!("mqtt://{text}");
            let help = match guess.parse::<Target>() {
                Ok(_) => format!("; did you mean `{guess}`?"),
                Err(_) => String::new(),
            };
            return Err(wrong(&format!("has no scheme{help}")));
        }
        let url = Url::parse(text).map_err(|error| wrong(&format!("is not a URL ({error})")))?;
        let (scheme, tls, port) = match url.scheme() {
            "ws" => (Scheme::WebSocket, false, 8083),
            "wss" => (Scheme::WebSocket, true, 8084),
            "mqtt" | "tcp" => (Scheme::Tcp, false, MQTT_PORT),
            "mqtts" | "tls" | "ssl" => (Scheme::Tcp, true, 8883),
            "http" => return Err(wrong("has the scheme `http`, which for a WebSocket is `ws`")),
            "https" => return Err(wrong("has the scheme `https`, which for a WebSocket is `wss`")),
            other => return Err(wrong(&format!("has the scheme `{other}`"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("contains a user name or password; use --user-name and --password"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("has no host"))?;
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path = format!("{path}?{query}");
        }
        if scheme == Scheme::Tcp && !path.trim_matches('/').is_empty() {
            return Err(wrong("has a path, which only ws:// and wss:// URLs can have"));
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let path = if path.is_empty() { "/".to_owned() } else { path };
        Ok(Target::at(scheme, tls, host, url.port().unwrap_or(port), path))
    }
}

impl Target {
    fn at(scheme: Scheme, tls: bool, host: &str, port: u16, path: String) -> Self {
        Self {
            scheme,
            tls,
            host: host.to_owned(),
            port,
            path,
            tls_options: Tls::default(),
            headers: Vec::new(),
            #[cfg(not(target_family = "wasm"))]
            watchers: Watchers::default(),
            limits: Limits::default(),
        }
    }

    /// Sets the TLS certificates to trust. The default is those of the authorities that the system trusts.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { tls_options: self.tls_options.trusting(trust), ..self }
    }

    /// Presents a client certificate to a broker that asks for one by TLS. The default is to have none.
    #[must_use]
    pub fn client_certificate(self, identity: Identity) -> Self {
        Self { tls_options: self.tls_options.presenting(identity), ..self }
    }

    /// Sets the name that the certificate of the broker must have, and that the broker is asked for by TLS (SNI; a name
    /// that is an address is not sent). The default is the host in the URL.
    ///
    /// # Errors
    /// It is neither a host name nor an address, or the suite was built without the feature `tls`.
    pub fn server_name(self, name: &str) -> Result<Self, TargetError> {
        Ok(Self { tls_options: self.tls_options.named(name)?, ..self })
    }

    /// Sets the application protocols that are offered by TLS (ALPN), the preferred one first: `mqtt`, or
    /// `x-amzn-mqtt-ca`. The default is none.
    ///
    /// # Errors
    /// One of them does not have 1 to 255 bytes, or the suite was built without the feature `tls`.
    pub fn alpn(self, protocols: Vec<String>) -> Result<Self, TargetError> {
        Ok(Self { tls_options: self.tls_options.offering(protocols)?, ..self })
    }

    /// Lets somebody see what all connections carry.
    #[must_use]
    #[cfg(not(target_family = "wasm"))]
    pub fn watched(self, wire: std::sync::Arc<dyn Wire>) -> Self {
        Self { watchers: Watchers::new(wire), ..self }
    }

    /// Sets the headers that every WebSocket handshake has beside its own. TCP has none.
    #[must_use]
    pub fn headers(self, headers: Vec<Header>) -> Self {
        Self { headers, ..self }
    }

    /// Never has more than so many connections open at once. The suite keeps one for itself, and skips cases that need
    /// more than the others. A connection counts until the broker has closed it too, or for a quarter of a second. The
    /// clones of a target share its limit. The default is none.
    ///
    /// # Errors
    /// There are less than 4, which the suite needs to find out what the broker offers.
    pub fn max_connections(self, most: usize) -> Result<Self, TargetError> {
        match most {
            FEWEST.. => Ok(Self { limits: self.limits.with_most(most), ..self }),
            _ => Err(TargetError(format!("{most} connections at once are too few: the suite needs {FEWEST}"))),
        }
    }

    /// Opens no more than so many connections per second, at even intervals: 0.5 is one in two seconds. The clones of a
    /// target share its rate. The default is none.
    ///
    /// # Errors
    /// It is not a number from 0.1 to 10 000.
    pub fn rate(self, per_second: f64) -> Result<Self, TargetError> {
        match (SLOWEST..=FASTEST).contains(&per_second) {
            true => Ok(Self { limits: self.limits.with_rate(per_second), ..self }),
            false => {
                let why = format!("a rate of {per_second} connections per second is not from {SLOWEST} to {FASTEST}");
                Err(TargetError(why))
            }
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether certificates are not verified, so that the identity of the broker is unknown.
    #[must_use]
    pub fn accepts_anyone(&self) -> bool {
        self.tls && self.tls_options.accepts_anyone()
    }

    /// The command-line arguments that reach it beside the URL.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = if self.tls { self.tls_options.arguments() } else { Vec::new() };
        let headers = self.headers.iter().filter(|_| self.is_websocket());
        // the value may be a secret
        arguments.extend(self.limits.arguments());
        arguments.extend(headers.flat_map(|header| ["--header".to_owned(), format!("{}: ***", header.name())]));
        arguments
    }

    /// `host:port`, as in a Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// What to try if something accepts connections and does not answer as a broker.
    pub(crate) const fn advice(&self) -> &'static str {
        match (self.scheme, self.tls) {
            (Scheme::Unix, _) => "is this the socket of a listener for MQTT?",
            (Scheme::Tcp, false) => "is this the MQTT port? for TLS use mqtts://, for WebSocket ws://HOST:PORT/PATH",
            (Scheme::Tcp, true) => "is this the MQTT port? without TLS use mqtt://, for WebSocket wss://HOST:PORT/PATH",
            (Scheme::WebSocket, false) if cfg!(target_family = "wasm") => "is the path right? for TLS use wss://",
            (Scheme::WebSocket, true) if cfg!(target_family = "wasm") => "is the path right? without TLS use ws://",
            (Scheme::WebSocket, false) => "is the path right? for TLS use wss://, without WebSocket mqtt://",
            (Scheme::WebSocket, true) => "is the path right? without TLS use ws://, without WebSocket mqtts://",
        }
    }

    /// Whether the transport is WebSocket.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.scheme == Scheme::WebSocket
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.tls { "s" } else { "" };
        match self.scheme {
            Scheme::WebSocket => write!(f, "ws{s}://{}{}", self.authority(), self.path),
            Scheme::Tcp => write!(f, "mqtt{s}://{}", self.authority()),
            Scheme::Unix => write!(f, "unix:{}", self.path),
        }
    }
}

/// The text of a URL without its password, which must not get into a log.
fn without_password(text: &str) -> String {
    let (before, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let Some((login, host)) = rest.rsplit_once('@') else { return text.to_owned() };
    let user = login.split_once(':').map_or(login, |(user, _)| user);
    let scheme = if before.is_empty() { String::new() } else { format!("{before}://") };
    format!("{scheme}{user}:***@{host}")
}

/// The port of MQTT without TLS.
pub(super) const MQTT_PORT: u16 = 1883;
/// Connections at once.
const FEWEST: usize = 4;
/// Connections per second. A case must not take hours.
const SLOWEST: f64 = 0.1;
const FASTEST: f64 = 10_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_and_printed() {
        for (text, printed) in [
            ("ws://localhost", "ws://localhost:8083/"),
            ("ws://127.0.0.1:9001/mqtt", "ws://127.0.0.1:9001/mqtt"),
            ("wss://[::1]/mqtt", "wss://[::1]:8084/mqtt"),
            ("mqtt://broker", "mqtt://broker:1883"),
            ("mqtts://broker", "mqtts://broker:8883"),
            ("ssl://broker:443", "mqtts://broker:443"),
            ("tcp://[::1]:1884", "mqtt://[::1]:1884"),
            ("unix:/run/mqtt.sock", "unix:/run/mqtt.sock"),
            ("unix:///run/mqtt.sock", "unix:/run/mqtt.sock"),
        ] {
            assert_eq!(text.parse::<Target>().expect("a target").to_string(), printed);
        }
    }

    #[test]
    fn invalid_urls_are_explained() {
        for (text, fragment) in [
            ("127.0.0.1:1883", "has no scheme; did you mean `mqtt://127.0.0.1:1883`?"),
            ("localhost:1883", "has no scheme; did you mean `mqtt://localhost:1883`?"),
            ("http://x", "has the scheme `http`, which for a WebSocket is `ws`"),
            ("amqp://x", "has the scheme `amqp`"),
            ("mqtt://", "has no host"),
            ("mqtt://u:p@x", "contains a user name"),
            ("mqtt://x/mqtt", "has a path"),
            ("unix:mqtt.sock", "has no absolute path of a socket"),
            ("unix://host", "has no absolute path of a socket"),
        ] {
            let error = text.parse::<Target>().expect_err("no target").to_string();
            assert!(error.contains(fragment), "{error}");
        }
    }

    #[test]
    fn passwords_are_not_repeated() {
        for text in
            ["mqtt://alice:secret@host", "mqtt://alice:se@cret@host", "alice:secret@host:1883", "x://a:secret@h"]
        {
            let error = text.parse::<Target>().expect_err("no target").to_string();
            assert!(error.contains(":***@") && !error.contains("cret"), "{error}");
        }
    }
}
