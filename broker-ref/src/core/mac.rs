//! HMAC-SHA-256 and SHA-256, of one shape: 32 bytes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256 (RFC 2104).
pub(super) fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // a key shorter than a block is filled with zeros by definition
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// SHA-256.
pub(super) fn hash(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}
