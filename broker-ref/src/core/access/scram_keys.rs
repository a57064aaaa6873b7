//! [`ScramKeys`]: a password as SCRAM-SHA-256 stores it (RFC 5802 section 3).

use std::{fmt, num::NonZeroU32};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    super::mac::{hash, mac},
    METHOD,
};

/// What the server keeps of a password for SCRAM: enough to check a Client, and not enough to impersonate one.
///
/// As text in the form of RFC 5803: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramKeys {
    pub(super) iterations: NonZeroU32,
    pub(super) salt: Box<[u8]>,
    pub(super) stored_key: [u8; 32],
    pub(super) server_key: [u8; 32],
}

impl ScramKeys {
    /// 15 000, where RFC 7677 requires at least 4096. The Client computes them at each connect.
    pub const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(14_999);

    /// The keys of a password. `None` for a text that SASLprep forbids, such as control characters.
    #[must_use]
    pub fn new(password: &str, salt: &[u8], iterations: NonZeroU32) -> Option<Self> {
        let password = stringprep::saslprep(password).ok()?;
        let salted = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(password.as_bytes(), salt, iterations.get());
        Some(Self {
            iterations,
            salt: salt.into(),
            stored_key: hash(&mac(&salted, b"Client Key")),
            server_key: mac(&salted, b"Server Key"),
        })
    }

    /// The keys that are this text, in the form in which they are displayed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (info, keys) = text.strip_prefix(METHOD)?.strip_prefix('$')?.split_once('$')?;
        let ((iterations, salt), (stored_key, server_key)) = (info.split_once(':')?, keys.split_once(':')?);
        let key = |text: &str| STANDARD.decode(text).ok()?.try_into().ok();
        let salt: Box<[u8]> = STANDARD.decode(salt).ok()?.into();
        let keys = Self {
            iterations: iterations.parse().ok()?,
            salt,
            stored_key: key(stored_key)?,
            server_key: key(server_key)?,
        };
        (!keys.salt.is_empty()).then_some(keys)
    }

    /// Keys that no password matches, for a name that is not a user's. They look like those of `self`, and are the same
    /// each time.
    pub(super) fn decoy(&self, name: &str) -> Self {
        let secret = mac(&self.server_key, name.as_bytes());
        let salt = mac(&secret, b"salt");
        Self {
            iterations: self.iterations,
            salt: salt.iter().copied().cycle().take(self.salt.len()).collect(),
            stored_key: mac(&secret, b"stored key"),
            server_key: mac(&secret, b"server key"),
        }
    }
}

impl fmt::Display for ScramKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [salt, stored_key, server_key] =
            [&self.salt[..], &self.stored_key, &self.server_key].map(|bytes| STANDARD.encode(bytes));
        write!(f, "{METHOD}${}:{salt}${stored_key}:{server_key}", self.iterations)
    }
}

impl fmt::Debug for ScramKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScramKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_as_text() {
        let keys = ScramKeys::new("pencil", b"salt", ScramKeys::ITERATIONS).unwrap();
        assert_eq!(ScramKeys::parse(&keys.to_string()), Some(keys.clone()));
        for text in ["", "SCRAM-SHA-256$0:AA==$AA==:AA==", &keys.to_string().replace("256", "1")] {
            assert_eq!(ScramKeys::parse(text), None, "{text}");
        }
    }
}
