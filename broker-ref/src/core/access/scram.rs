//! SCRAM-SHA-256, the server's side (RFC 5802 and RFC 7677), without channel binding.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

use super::{
    super::mac::{hash, mac},
    Access,
    scram_keys::ScramKeys,
};

/// An exchange in progress, by the next message of the Client.
#[derive(Debug)]
pub(in crate::core) enum Exchange {
    First,
    Final(Challenge),
}

/// What client-final is checked against.
#[derive(Debug)]
pub(in crate::core) struct Challenge {
    user: Arc<str>,
    keys: ScramKeys,
    /// The name is that of a user.
    is_user: bool,
    /// The beginning of client-first, which client-final repeats.
    header: Box<str>,
    /// Both parts.
    nonce: Box<str>,
    /// client-first without its header, and server-first.
    messages: String,
}

/// The result of one message of an exchange.
#[derive(Debug)]
pub(in crate::core) enum Step {
    /// Send this message and expect another one.
    Ask(Exchange, String),
    /// The Client is this user. The message proves that the server knows the keys.
    Proved(Arc<str>, String),
}

impl Exchange {
    /// Handles the Client's next message. `None` if the proof is wrong or the message is malformed.
    pub(in crate::core) fn advance(self, message: &[u8], access: &Access, nonce: &[u8]) -> Option<Step> {
        let message = str::from_utf8(message).ok()?;
        match self {
            Self::First => {
                let (challenge, server_first) = Challenge::new(message, access, &STANDARD.encode(nonce))?;
                Some(Step::Ask(Self::Final(challenge), server_first))
            }
            Self::Final(challenge) => {
                let proof = challenge.check(message)?;
                // the users may have changed meanwhile
                let (keys, is_user) = access.scram_keys(&challenge.user)?;
                (is_user && keys == challenge.keys).then_some(Step::Proved(challenge.user, proof))
            }
        }
    }
}

impl Challenge {
    /// From client-first to server-first.
    fn new(client_first: &str, access: &Access, server_nonce: &str) -> Option<(Self, String)> {
        let (flag, rest) = client_first.split_once(',')?;
        let (identity, bare) = rest.split_once(',')?;
        // `p=`: channel binding, which is not offered
        if !matches!(flag, "n" | "y") {
            return None;
        }
        let mut attributes = bare.split(',');
        // `m=`, a mandatory extension, would precede the name
        let name = unescape(attributes.next()?.strip_prefix("n=")?)?;
        let client_nonce = attributes.next()?.strip_prefix("r=")?;
        let is_nonce = !client_nonce.is_empty() && client_nonce.bytes().all(|byte| byte.is_ascii_graphic());
        // acting on behalf of another user is not supported
        let is_own = identity.is_empty() || identity.strip_prefix("a=").and_then(unescape).as_ref() == Some(&name);
        if !(is_nonce && is_own) {
            return None;
        }
        let name = stringprep::saslprep(&name).ok()?;
        let (keys, is_user) = access.scram_keys(&name)?;
        let nonce = format!("{client_nonce}{server_nonce}");
        let server_first = format!("r={nonce},s={},i={}", STANDARD.encode(&keys.salt), keys.iterations);
        let challenge = Self {
            user: name.as_ref().into(),
            keys,
            is_user,
            header: client_first.strip_suffix(bare)?.into(),
            nonce: nonce.into(),
            messages: format!("{bare},{server_first}"),
        };
        Some((challenge, server_first))
    }

    /// From client-final to server-final.
    fn check(&self, client_final: &str) -> Option<String> {
        let (without_proof, proof) = client_final.rsplit_once(",p=")?;
        let mut attributes = without_proof.split(',');
        let header = attributes.next()?.strip_prefix("c=")?;
        let nonce = attributes.next()?.strip_prefix("r=")?;
        if STANDARD.decode(header).ok()? != self.header.as_bytes() || *nonce != *self.nonce {
            return None;
        }
        let mut client_key: [u8; 32] = STANDARD.decode(proof).ok()?.try_into().ok()?;
        let messages = format!("{},{without_proof}", self.messages);
        let signature = mac(&self.keys.stored_key, messages.as_bytes());
        client_key.iter_mut().zip(signature).for_each(|(byte, with)| *byte ^= with);
        let matches = bool::from(hash(&client_key).ct_eq(&self.keys.stored_key));
        let server_signature = mac(&self.keys.server_key, messages.as_bytes());
        (matches && self.is_user).then(|| format!("v={}", STANDARD.encode(server_signature)))
    }
}

/// Decodes a name in which `,` is written `=2C` and `=` is written `=3D`.
fn unescape(escaped: &str) -> Option<String> {
    let mut parts = escaped.split('=');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let (character, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return None,
        };
        name.push(character);
        name.push_str(rest);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::{
        super::{User, Users},
        *,
    };

    const CLIENT_FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const PROOF: &str = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    fn access() -> Access {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let keys = ScramKeys::new("pencil", &salt, NonZeroU32::new(4096).unwrap()).unwrap();
        Users::new().with_user("user", User::default().with_scram(keys)).into()
    }

    fn challenge(client_first: &str) -> Option<(Challenge, String)> {
        Challenge::new(client_first, &access(), "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    }

    /// RFC 7677 section 3.
    #[test]
    fn example_of_the_rfc() {
        let (challenge, server_first) = challenge(CLIENT_FIRST).unwrap();
        assert_eq!(server_first, format!("r={NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        let server_final = challenge.check(&format!("c=biws,r={NONCE},p={PROOF}"));
        assert_eq!(server_final.as_deref(), Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!format!("{challenge:?}").contains("stored_key"));
    }

    #[test]
    fn rejects_wrong_client_final() {
        let (challenge, _) = challenge(CLIENT_FIRST).unwrap();
        let other = PROOF.replacen('d', "e", 1);
        for answer in [
            format!("c=biws,r={NONCE},p={other}"),
            format!("c=eSws,r={NONCE},p={PROOF}"), // another header than before
            format!("c=biws,r={NONCE}x,p={PROOF}"),
            format!("c=biws,r={NONCE}"),
            format!("r={NONCE},c=biws,p={PROOF}"),
            String::new(),
        ] {
            assert_eq!(challenge.check(&answer), None, "{answer}");
        }
    }

    #[test]
    fn rejects_malformed_client_first() {
        for message in
            ["n,,n=user,r=", "p=tls-unique,,n=user,r=x", "n,,m=x,n=user,r=x", "n,a=root,n=user,r=x", "n,,r=x", "n"]
        {
            assert!(challenge(message).is_none(), "{message}");
        }
        for message in ["y,,n=user,r=x", "n,a=user,n=user,r=x,ext=1"] {
            assert!(challenge(message).is_some(), "{message}");
        }
    }

    #[test]
    fn unknown_user_gets_the_same_challenge() {
        let (nobody, first) = challenge("n,,n=nobody,r=x").unwrap();
        let (_, again) = challenge("n,,n=nobody,r=x").unwrap();
        assert_eq!(first, again);
        assert!(!nobody.is_user && first.len() == challenge("n,,n=user,r=x").unwrap().1.len());
    }

    #[test]
    fn names_with_commas_and_equals_signs() {
        assert_eq!(unescape("a=2Cb=3D").as_deref(), Some("a,b="));
        assert_eq!(unescape("a=2cb"), None);
    }
}
