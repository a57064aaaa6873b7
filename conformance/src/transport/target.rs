//! A broker's URL: `ws://host:port/path` or `mqtt://host:port`.

use std::{fmt, str::FromStr};

use url::Url;

/// Where a broker listens, and over what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The transport.
    pub scheme: Scheme,
    /// Name or address, as in the URL; IPv6 without brackets.
    pub host: String,
    /// From the URL, or the scheme's usual one: 8083 for `ws`, 1883 for `mqtt`.
    pub port: u16,
    /// Path and query; `/` for TCP.
    pub path: String,
}

/// The transport of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `ws`: WebSocket over TCP.
    WebSocket,
    /// `mqtt` or `tcp`: TCP.
    Tcp,
}

/// A URL that is none, or that the suite cannot reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError(String);

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong =
            |why: &str| TargetError(format!("`{text}` {why}; expected ws://HOST:PORT/PATH or mqtt://HOST:PORT"));
        let url = Url::parse(text).map_err(|error| wrong(&format!("is not a URL ({error})")))?;
        let (scheme, port) = match url.scheme() {
            "ws" => (Scheme::WebSocket, 8083),
            "mqtt" | "tcp" => (Scheme::Tcp, 1883),
            "wss" | "mqtts" | "tls" | "ssl" => return Err(wrong("is over TLS, which this version cannot do yet")),
            other => return Err(wrong(&format!("has the scheme `{other}`"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds a user name or password: give them with --user-name and --password"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("has no host"))?;
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path = format!("{path}?{query}");
        }
        if scheme == Scheme::Tcp && !path.trim_matches('/').is_empty() {
            return Err(wrong("has a path, which only ws:// can have"));
        }
        Ok(Target {
            scheme,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            path: if path.is_empty() { "/".to_owned() } else { path },
        })
    }
}

impl Target {
    /// `host:port`, as a Host header has it.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether it is reached by WebSocket.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.scheme == Scheme::WebSocket
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Scheme::WebSocket => write!(f, "ws://{}{}", self.authority(), self.path),
            Scheme::Tcp => write!(f, "mqtt://{}", self.authority()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_printed() {
        for (text, printed) in [
            ("ws://localhost", "ws://localhost:8083/"),
            ("ws://127.0.0.1:9001/mqtt", "ws://127.0.0.1:9001/mqtt"),
            ("mqtt://broker", "mqtt://broker:1883"),
            ("tcp://[::1]:1884", "mqtt://[::1]:1884"),
        ] {
            assert_eq!(text.parse::<Target>().expect("a target").to_string(), printed);
        }
    }

    #[test]
    fn what_cannot_be_reached_says_why() {
        for (text, fragment) in [
            ("127.0.0.1:1883", "not a URL"),
            ("http://x", "has the scheme `http`"),
            ("wss://x", "over TLS"),
            ("mqtt://u:p@x", "holds a user name"),
            ("mqtt://x/mqtt", "has a path"),
        ] {
            let error = text.parse::<Target>().expect_err("no target").to_string();
            assert!(error.contains(fragment), "{error}");
        }
    }
}
