//! [`Origin`]: which web pages may open a WebSocket.

use std::{fmt, str::FromStr};

/// The origin of a web page (RFC 6454): `https://host`, with a port if it is not the scheme's own, or `null` for pages
/// that have none.
///
/// A browser sends it in the header Origin of every WebSocket handshake, and a page cannot change it. Other clients can
/// send anything: this protects people whose browser can reach the broker, not the broker.
///
/// ```
/// use mqttspec_broker::shell::Origin;
/// let origin: Origin = "HTTPS://Example.com:443/".parse()?;
/// assert_eq!(origin.to_string(), "https://example.com");
/// # Ok::<(), mqttspec_broker::shell::ParseOriginError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Whether the value of a header Origin names this one.
    pub(super) fn is(&self, header: &[u8]) -> bool {
        self.0.as_bytes().eq_ignore_ascii_case(header)
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let lower = text.to_ascii_lowercase();
        let lower = lower.strip_suffix('/').unwrap_or(&lower);
        if lower == "null" {
            return Ok(Self(lower.to_owned()));
        }
        let (scheme, authority) = lower.split_once("://").ok_or_else(|| ParseOriginError(text.to_owned()))?;
        let own_port = DEFAULT_PORTS.iter().find(|(name, _)| *name == scheme).map_or("", |(_, port)| port);
        let authority = authority.strip_suffix(own_port).unwrap_or(authority);
        let plain = authority.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@*".contains(&byte));
        match plain && !authority.is_empty() && !scheme.is_empty() {
            true => Ok(Self(format!("{scheme}://{authority}"))),
            false => Err(ParseOriginError(text.to_owned())),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not a valid origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOriginError(String);

impl fmt::Display for ParseOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a valid origin; expected https://host, https://host:port or null", self.0)
    }
}

impl std::error::Error for ParseOriginError {}

/// Browsers omit these from the header Origin.
const DEFAULT_PORTS: [(&str, &str); 2] = [("http", ":80"), ("https", ":443")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("https://example.com", "https://example.com"),
            ("http://Example.com:80/", "http://example.com"),
            ("http://example.com:443", "http://example.com:443"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("null", "null"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn rejects_what_no_browser_sends() {
        for text in ["", "example.com", "https://", "https://h/path", "https://u@h", "*", "https://*.h", "://h"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
