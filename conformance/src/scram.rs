//! [`Scram`]: the Client's side of SCRAM-SHA-256 (RFC 5802 and RFC 7677), without channel binding.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The Authentication Method, a registered SASL mechanism.
pub(crate) const METHOD: &str = "SCRAM-SHA-256";

/// An exchange in progress, between client-first and client-final.
#[derive(Clone)]
pub(crate) struct Scram {
    password: String,
    nonce: String,
    /// client-first without its header.
    bare: String,
}

impl Scram {
    /// Begins an exchange. `nonce` must be printable ASCII without commas that was never used before. Returns `None` if
    /// SASLprep forbids the name or the password, or if the password is not a string.
    pub(crate) fn begin(user_name: &str, password: &[u8], nonce: &str) -> Option<Self> {
        let user_name = stringprep::saslprep(user_name).ok()?.replace('=', "=3D").replace(',', "=2C");
        let password = stringprep::saslprep(str::from_utf8(password).ok()?).ok()?.into_owned();
        Some(Self { password, nonce: nonce.to_owned(), bare: format!("n={user_name},r={nonce}") })
    }

    /// client-first.
    pub(crate) fn first(&self) -> Vec<u8> {
        format!("{HEADER}{}", self.bare).into_bytes()
    }

    /// client-final, the answer to server-first. Returns `None` if that is invalid or requires more than [`MOST`]
    /// iterations.
    pub(crate) fn answer(&self, server_first: &[u8]) -> Option<Vec<u8>> {
        let server_first = str::from_utf8(server_first).ok()?;
        let mut attributes = server_first.split(',');
        let nonce = attributes.next()?.strip_prefix("r=")?;
        let salt = STANDARD.decode(attributes.next()?.strip_prefix("s=")?).ok()?;
        let iterations: u32 = attributes.next()?.strip_prefix("i=")?.parse().ok()?;
        if !nonce.starts_with(&self.nonce) || !(1..=MOST).contains(&iterations) {
            return None;
        }
        let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(self.password.as_bytes(), &salt, iterations);
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(HEADER));
        let messages = format!("{},{server_first},{without_proof}", self.bare);
        let mut proof = mac(&salted, b"Client Key")?;
        let signature = mac(&Sha256::digest(proof), messages.as_bytes())?;
        proof.iter_mut().zip(signature).for_each(|(byte, with)| *byte ^= with);
        Some(format!("{without_proof},p={}", STANDARD.encode(proof)).into_bytes())
    }
}

/// Does not show the password.
impl std::fmt::Debug for Scram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scram").field("bare", &self.bare).finish_non_exhaustive()
    }
}

fn mac(key: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().into())
}

/// The GS2 header: no channel binding, no authorization identity.
const HEADER: &str = "n,,";
/// The maximum number of iterations; more would take seconds.
const MOST: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    /// RFC 7677 section 3.
    #[test]
    fn example_of_the_rfc() {
        let scram = Scram::begin("user", b"pencil", NONCE).unwrap();
        assert_eq!(scram.first(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let answer = String::from_utf8(scram.answer(SERVER_FIRST.as_bytes()).unwrap()).unwrap();
        assert_eq!(
            answer,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(!format!("{scram:?}").contains("pencil"));
    }

    #[test]
    fn invalid_challenge_is_not_answered() {
        let scram = Scram::begin("a,b=", b"pencil", NONCE).unwrap();
        assert_eq!(scram.first(), b"n,,n=a=2Cb=3D,r=rOprNGfwEbeRWgbNEkqO");
        for (from, to) in [("r=r", "r=x"), ("i=4096", "i=0"), ("i=4096", "i=1000001"), ("s=W", "s=*"), (",s=", ",")] {
            assert!(SERVER_FIRST.contains(from));
            assert_eq!(scram.answer(SERVER_FIRST.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
        assert_eq!(scram.answer(b"\xFF"), None);
        assert!(Scram::begin("user", b"\xFF", NONCE).is_none());
    }
}
