//! Looks for bytes that text may not have, eight at a time.

/// Whether all bytes are ASCII and none is U+0000: the common case, in which nothing else needs a look.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, |word| word.wrapping_add(SEVENS) & !word)
}

/// The same, and none is `#` or `+`.
#[inline]
pub(crate) fn is_plain_name(bytes: &[u8]) -> bool {
    all(bytes, |word| word.wrapping_add(SEVENS) & no_wildcards(word) & !word)
}

/// Whether a byte is zero.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    // a byte that loses its own high bit and gains it again by the addition is not zero
    !all(bytes, |word| (word & SEVENS).wrapping_add(SEVENS) | word)
}

/// Whether a byte is `#` or `+`.
#[inline]
pub(crate) fn has_wildcard(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| is_wildcard(*byte))
}

/// Whether all bytes are plain, and `#` and `+` stand only where a Topic Filter may have them.
#[inline(never)]
pub(crate) fn is_plain_filter(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return is_plain(bytes) && first_misplaced_wildcard(bytes).is_none();
    };
    let (words, tail) = bytes.as_chunks();
    let mut start = 0usize;
    for word in words {
        if !is_plain_part(bytes, start, *word, u64::MAX) {
            return false;
        }
        start = start.wrapping_add(8);
    }
    // the last eight bytes, of which only the tail is new
    let new = u64::MAX.wrapping_shl((64usize.wrapping_sub(tail.len().wrapping_mul(8))) as u32);
    tail.is_empty() || is_plain_part(bytes, bytes.len().wrapping_sub(8), *last, new)
}

/// The same for eight of the bytes, those at `start`; of their wildcards only the new ones are looked at.
#[inline(always)]
fn is_plain_part(bytes: &[u8], start: usize, word: [u8; 8], new: u64) -> bool {
    let word = u64::from_le_bytes(word);
    if word.wrapping_add(SEVENS) & !word & HIGH != HIGH {
        return false;
    }
    let mut wildcards = !no_wildcards(word) & HIGH & new;
    while wildcards != 0 {
        if is_misplaced(bytes, start.wrapping_add(wildcards.trailing_zeros() as usize / 8)) {
            return false;
        }
        wildcards &= wildcards.wrapping_sub(1);
    }
    true
}

/// The offset of the first wildcard that stands where it may not.
pub(crate) fn first_misplaced_wildcard(filter: &[u8]) -> Option<usize> {
    let wildcard = |place: &usize| filter.get(*place).is_some_and(|byte| is_wildcard(*byte));
    (0..filter.len()).filter(wildcard).find(|place| is_misplaced(filter, *place))
}

/// Whether the wildcard there shares its level with something, or is a `#` with a level behind it (section 4.7.1).
#[inline(always)]
fn is_misplaced(filter: &[u8], place: usize) -> bool {
    if place != 0 && filter.get(place.wrapping_sub(1)) != Some(&b'/') {
        return true;
    }
    match filter.get(place.wrapping_add(1)) {
        None => false,
        Some(b'/') => filter.get(place) == Some(&b'#'),
        Some(_) => true,
    }
}

#[inline]
pub(crate) const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'#' | b'+')
}

/// Whether every byte of `bytes` has its high bit in what `good` says of the words.
///
/// The words cover all bytes: the last one overlaps the one before it, a short one holds bytes twice.
#[inline]
fn all(bytes: &[u8], good: impl Fn(u64) -> u64) -> bool {
    let Some(last) = bytes.last_chunk() else { return good(short_word(bytes)) & HIGH == HIGH };
    let (words, _) = bytes.as_chunks();
    // stops early, or else the compiler makes vector code of it, which is slower for texts of this length
    words.iter().all(|word| good(u64::from_le_bytes(*word)) & HIGH == HIGH)
        && good(u64::from_le_bytes(*last)) & HIGH == HIGH
}

/// Fewer than eight bytes, each at least once, and nothing else that a caller looks for.
#[inline]
fn short_word(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    let middle = bytes.get(bytes.len() / 2);
    match (bytes.first(), middle, bytes.last()) {
        (Some(first), Some(middle), Some(last)) => {
            u64::from_le_bytes([*first, *middle, *last, b'a', b'a', b'a', b'a', b'a'])
        }
        _ => LETTERS,
    }
}

/// Of a word of ASCII: the high bit of every byte that is neither `#` (0x23) nor `+` (0x2B), which differ in one bit.
#[inline]
const fn no_wildcards(word: u64) -> u64 {
    ((word | DIFFERENCE) ^ PLUSES).wrapping_add(SEVENS)
}

const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
/// Added to a byte under 0x80, its high bit says that it is not zero, and nothing is carried.
const SEVENS: u64 = u64::from_ne_bytes([0x7F; 8]);
const LETTERS: u64 = u64::from_ne_bytes([b'a'; 8]);
const PLUSES: u64 = u64::from_ne_bytes([b'+'; 8]);
const DIFFERENCE: u64 = u64::from_ne_bytes([b'#' ^ b'+'; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place_of_every_length() {
        for len in 0..40 {
            let mut bytes = std::vec![b'a'; len];
            assert!(is_plain(&bytes) && is_plain_name(&bytes) && !has_nul(&bytes));
            for place in 0..len {
                for byte in 0..=u8::MAX {
                    bytes[place] = byte;
                    assert_eq!(is_plain(&bytes), (1..0x80).contains(&byte));
                    assert_eq!(is_plain_name(&bytes), (1..0x80).contains(&byte) && !is_wildcard(byte));
                    assert_eq!(has_nul(&bytes), byte == 0);
                }
                bytes[place] = b'a';
            }
        }
    }
}
