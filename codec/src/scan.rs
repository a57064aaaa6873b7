//! Looks for bytes that text may not have, eight at a time.

/// Whether all bytes are ASCII and none is U+0000: the common case, in which nothing else needs a look.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    !any(bytes, |word| zeros(word) | word & HIGH, |byte| byte == 0 || byte >= 0x80)
}

/// Whether a byte is zero.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    any(bytes, zeros, |byte| byte == 0)
}

/// Whether a byte is zero, `#` or `+`.
#[inline]
pub(crate) fn has_nul_or_wildcard(bytes: &[u8]) -> bool {
    any(bytes, |word| zeros(word) | wildcards(word), |byte| byte == 0 || is_wildcard(byte))
}

/// Whether a byte is `#` or `+`.
#[inline]
pub(crate) fn has_wildcard(bytes: &[u8]) -> bool {
    any(bytes, wildcards, is_wildcard)
}

/// The offset of the first `#` or `+`.
#[inline]
pub(crate) fn first_wildcard(bytes: &[u8]) -> Option<usize> {
    let (words, tail) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let found = wildcards(u64::from_le_bytes(*word));
        if found != 0 {
            // the lowest bit that is set is always right, those above it may be a borrow from it
            return Some(index.saturating_mul(8).saturating_add(found.trailing_zeros() as usize / 8));
        }
    }
    let place = tail.iter().position(|byte| is_wildcard(*byte))?;
    Some(bytes.len().saturating_sub(tail.len()).saturating_add(place))
}

#[inline]
pub(crate) const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'#' | b'+')
}

/// Whether `found` has a bit in some word. The words cover all bytes: the last one overlaps the one before it.
#[inline]
fn any(bytes: &[u8], found: impl Fn(u64) -> u64, found_one: impl Fn(u8) -> bool) -> bool {
    let Some(last) = bytes.last_chunk() else { return bytes.iter().any(|byte| found_one(*byte)) };
    let (words, _) = bytes.as_chunks();
    words.iter().chain([last]).fold(0, |all, word| all | found(u64::from_ne_bytes(*word))) != 0
}

/// Not zero if a byte of the word is zero.
#[inline]
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Not zero if a byte of the word is `#` (0x23) or `+` (0x2B), which differ in one bit.
#[inline]
const fn wildcards(word: u64) -> u64 {
    zeros((word | DIFFERENCE) ^ PLUSES)
}

const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
const PLUSES: u64 = u64::from_ne_bytes([b'+'; 8]);
const DIFFERENCE: u64 = u64::from_ne_bytes([b'#' ^ b'+'; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place_of_every_length() {
        for len in 0..40 {
            let mut bytes = std::vec![b'a'; len];
            assert!(is_plain(&bytes) && !has_nul(&bytes) && !has_nul_or_wildcard(&bytes) && !has_wildcard(&bytes));
            for place in 0..len {
                for byte in 0..=u8::MAX {
                    bytes[place] = byte;
                    assert_eq!(is_plain(&bytes), (1..0x80).contains(&byte));
                    assert_eq!(has_nul(&bytes), byte == 0);
                    assert_eq!(has_wildcard(&bytes), is_wildcard(byte));
                    assert_eq!(first_wildcard(&bytes), is_wildcard(byte).then_some(place));
                    assert_eq!(has_nul_or_wildcard(&bytes), byte == 0 || is_wildcard(byte));
                }
                bytes[place] = b'a';
            }
        }
    }
}
