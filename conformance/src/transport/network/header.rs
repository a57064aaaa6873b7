//! A header that the user adds to the WebSocket handshake, such as a token.

use std::{fmt, str::FromStr};

use super::TargetError;

/// A header of HTTP: `Authorization: Bearer TOKEN`. Its value may be a secret, so that nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

impl FromStr for Header {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = |why: &str| TargetError::new(format!("a header {why}; expected NAME: VALUE"));
        let (name, value) = text.split_once(':').ok_or_else(|| wrong("has no colon"))?;
        let (name, value) = (name.trim(), value.trim());
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(wrong("has a name that HTTP does not allow"));
        }
        if value.chars().any(char::is_control) {
            return Err(wrong("has a value with a control character"));
        }
        let lower = name.to_ascii_lowercase();
        if OWN.contains(&lower.as_str()) || lower.starts_with("sec-websocket-") {
            return Err(wrong(&format!("cannot be `{name}`, which the handshake has already")));
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl Header {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As it is sent.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn line(&self) -> String {
        format!("{}: {}\r\n", self.name, self.value)
    }
}

/// Without the value.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}

/// The headers of every handshake, in lower case.
const OWN: [&str; 3] = ["host", "upgrade", "connection"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_their_values_are_not_shown() {
        let header: Header = "Authorization: Bearer a:b".parse().unwrap();
        assert_eq!(header.line(), "Authorization: Bearer a:b\r\n");
        assert_eq!(format!("{header:?}"), "Authorization: ***");
    }

    #[test]
    fn what_would_break_the_handshake_is_refused() {
        for text in ["x", ": v", "a b: c", "a: b\r\nc: d", "Host: x", "sec-websocket-key: x"] {
            let error = text.parse::<Header>().expect_err(text).to_string();
            assert!(error.ends_with("expected NAME: VALUE"), "{error}");
        }
    }
}
