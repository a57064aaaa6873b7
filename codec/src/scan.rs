//! Looks for bytes that are not allowed in text, a block at a time.
//!
//! Blocks are arrays, and their bytes are compared without branches, so that the compiler emits vector instructions.

/// Whether all bytes are ASCII and none is U+0000: the common case, in which nothing else has to be checked.
#[inline(always)]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, is_plain_byte)
}

/// The same, and none is `#` or `+`.
#[inline(always)]
pub(crate) fn is_plain_name(bytes: &[u8]) -> bool {
    all(bytes, |byte| is_plain_byte(byte) & !is_wildcard(byte))
}

/// Whether a byte is zero.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    !all(bytes, |byte| byte != 0)
}

/// Whether a byte is `#` or `+`.
#[inline]
pub(crate) fn has_wildcard(bytes: &[u8]) -> bool {
    !all(bytes, |byte| !is_wildcard(byte))
}

/// Whether all bytes are plain, and `#` and `+` appear only where a Topic Filter may have them.
#[inline(never)]
pub(crate) fn is_plain_filter(bytes: &[u8]) -> bool {
    let (Some((last, left)), Some((_, right))) = (bytes.split_last(), bytes.split_first()) else { return true };
    is_plain_byte(*last) && all_agree(left, right)
}

/// The offset of the first wildcard that is not allowed at its place.
pub(crate) fn first_misplaced_wildcard(filter: &[u8]) -> Option<usize> {
    let wildcard = |place: &usize| filter.get(*place).is_some_and(|byte| is_wildcard(*byte));
    (0..filter.len()).filter(wildcard).find(|place| is_misplaced_at(filter, *place))
}

/// Whether the wildcard there is not the whole level, or is a `#` that a level follows (section 4.7.1).
fn is_misplaced_at(filter: &[u8], place: usize) -> bool {
    if place != 0 && filter.get(place.wrapping_sub(1)) != Some(&b'/') {
        return true;
    }
    match filter.get(place.wrapping_add(1)) {
        None => false,
        Some(b'/') => filter.get(place) == Some(&b'#'),
        Some(_) => true,
    }
}

/// Plain, and a slash if a wildcard follows.
#[inline(always)]
fn may_precede(byte: u8, next: u8) -> bool {
    is_plain_byte(byte) & (!is_wildcard(next) | (byte == b'/'))
}

/// `+` is followed by a slash, `#` by nothing.
#[inline(always)]
fn may_follow(byte: u8, next: u8) -> bool {
    (byte != b'#') & ((byte != b'+') | (next == b'/'))
}

#[inline(always)]
fn is_plain_byte(byte: u8) -> bool {
    0 < (byte as i8)
}

/// `#` (0x23) and `+` (0x2B) differ in one bit.
#[inline(always)]
pub(crate) const fn is_wildcard(byte: u8) -> bool {
    byte | (b'#' ^ b'+') == b'#' | b'+'
}

/// Whether every byte is good.
#[inline(always)]
fn all(bytes: &[u8], good: impl Fn(u8) -> bool) -> bool {
    match bytes.len() {
        0..=3 => bytes.iter().all(|byte| good(*byte)),
        4..=7 => ends::<4>(bytes, good),
        8..=15 => ends::<8>(bytes, good),
        16..=32 => ends::<16>(bytes, good),
        _ => blocks(bytes).all(|block| whole(block, &good)) && ends::<16>(bytes, good),
    }
}

/// The blocks of 16 bytes from the start; fewer bytes at the end are left out.
#[inline(always)]
fn blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8; 16]> {
    bytes.chunks_exact(16).filter_map(|block| block.first_chunk())
}

/// The same for the first and the last `N` bytes, which are all of `N` to `2 * N`.
#[inline(always)]
fn ends<const N: usize>(bytes: &[u8], good: impl Fn(u8) -> bool) -> bool {
    match (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        (Some(first), Some(last)) => whole(first, &good) & whole(last, &good),
        _ => false,
    }
}

#[inline(always)]
fn whole<const N: usize>(block: &[u8; N], good: impl Fn(u8) -> bool) -> bool {
    block.iter().fold(true, |all, byte| all & good(*byte))
}

/// Whether every byte is plain and agrees with its neighbour: `right` begins one byte later than `left`.
#[inline(always)]
fn all_agree(left: &[u8], right: &[u8]) -> bool {
    match left.len() {
        0..=7 => left.iter().zip(right).all(|(byte, next)| may_precede(*byte, *next) & may_follow(*byte, *next)),
        8..=15 => ends_agree::<8>(left, right),
        16..=32 => ends_agree::<16>(left, right),
        _ => blocks_agree(left, right),
    }
}

#[inline(never)]
fn blocks_agree(left: &[u8], right: &[u8]) -> bool {
    let mut pairs = blocks(left).zip(blocks(right));
    pairs.all(|(left, right)| agree([left, left], [right, right])) && ends_agree::<16>(left, right)
}

/// The same for the first and the last `N` bytes, which are all of `N` to `2 * N`.
#[inline(always)]
fn ends_agree<const N: usize>(left: &[u8], right: &[u8]) -> bool {
    match (left.first_chunk::<N>(), left.last_chunk::<N>(), right.first_chunk::<N>(), right.last_chunk::<N>()) {
        (Some(left), Some(last_left), Some(right), Some(last_right)) => agree([left, last_left], [right, last_right]),
        _ => false,
    }
}

/// Not inlined: if the compiler sees that the blocks overlap, it moves bytes between registers instead of reading them
/// twice.
#[inline(never)]
fn agree<const N: usize>(left: [&[u8; N]; 2], right: [&[u8; N]; 2]) -> bool {
    let ([left, last_left], [right, last_right]) = (left, right);
    block_agrees(left, right) && block_agrees(last_left, last_right)
}

#[inline(always)]
fn block_agrees<const N: usize>(left: &[u8; N], right: &[u8; N]) -> bool {
    let pairs = || left.iter().zip(right);
    let plain = left.iter().fold(true, |all, byte| all & is_plain_byte(*byte));
    let precede = pairs().fold(true, |all, (byte, next)| all & (!is_wildcard(*next) | (*byte == b'/')));
    let follow = pairs().fold(true, |all, (byte, next)| all & may_follow(*byte, *next));
    plain & precede & follow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_offset_of_every_length() {
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

    #[test]
    fn neighbouring_bytes_of_a_filter_are_checked_at_every_offset_of_every_length() {
        let neighbours = |bytes: [u8; 4]| bytes.into_iter().flat_map(move |byte| bytes.map(|next| [byte, next]));
        for len in 2..40 {
            for place in 0..len - 1 {
                for two in neighbours(*b"a/+#").chain(neighbours(*b"/+\0\x80")) {
                    // slashes, so that a wildcard is wrong because of these two alone
                    let mut bytes = std::vec![b'/'; len];
                    bytes[place..place + 2].copy_from_slice(&two);
                    let good = is_plain(&bytes) && first_misplaced_wildcard(&bytes).is_none();
                    assert_eq!(is_plain_filter(&bytes), good, "{bytes:?}");
                }
            }
        }
    }
}
