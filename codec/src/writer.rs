//! Writes into a buffer whose length was checked beforehand. Every method is total: a wrong length is found by a debug
//! assertion and never writes past the end.

/// The part of the caller's buffer that is still free.
#[derive(Debug, Default)]
pub struct Writer<'b> {
    free: &'b mut [u8],
}

impl<'b> Writer<'b> {
    #[inline]
    pub(crate) fn new(free: &'b mut [u8]) -> Self {
        Self { free }
    }

    /// Whether everything that was announced has been written.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty()
    }

    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let Some((head, tail)) = core::mem::take(&mut self.free).split_at_mut_checked(bytes.len()) else {
            debug_assert!(false, "a packet is longer than was computed");
            return;
        };
        copy(head, bytes);
        self.free = tail;
    }

    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    #[inline]
    pub(crate) fn two_byte_integer(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    #[inline]
    pub(crate) fn four_byte_integer(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes the fewest bytes that hold the value: v5 [MQTT-1.5.5-1].
    #[inline]
    pub(crate) fn variable_byte_integer(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    /// A fixed header.
    #[inline]
    pub(crate) fn fixed_header(&mut self, first_byte: u8, remaining_length: u32) {
        match remaining_length {
            0..0x80 => self.bytes(&[first_byte, remaining_length as u8]),
            0x80..0x4000 => {
                self.bytes(&[first_byte, remaining_length as u8 | 0x80, (remaining_length >> 7) as u8]);
            }
            _ => {
                self.byte(first_byte);
                self.variable_byte_integer(remaining_length);
            }
        }
    }

    /// A length in two bytes and the bytes. The length was checked when the value was made.
    #[inline]
    pub(crate) fn prefixed(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.len() <= usize::from(u16::MAX), "a text or binary data of {} bytes", bytes.len());
        self.two_byte_integer(bytes.len() as u16);
        self.bytes(bytes);
    }
}

/// Copies bytes into a slice of the same length. A few bytes are copied as two words that overlap, which is cheaper than
/// a call.
#[inline(always)]
pub(crate) fn copy(into: &mut [u8], bytes: &[u8]) {
    if bytes.len() >= 8 {
        match bytes.len() {
            8..=16 => _ = copy_ends::<8>(into, bytes),
            17..=32 => _ = copy_ends::<16>(into, bytes),
            33..=64 => _ = copy_ends::<32>(into, bytes),
            _ => into.copy_from_slice(bytes),
        }
    } else if bytes.len() >= 4 {
        _ = copy_ends::<4>(into, bytes);
    } else if let ([into], [byte]) = (&mut *into, bytes) {
        *into = *byte;
    } else {
        _ = copy_ends::<2>(into, bytes);
    }
}

/// Copies the first and the last `N` bytes, which are all of `N` to `2 * N`; nothing if there are fewer.
#[inline(always)]
fn copy_ends<const N: usize>(into: &mut [u8], bytes: &[u8]) -> Option<()> {
    *into.first_chunk_mut::<N>()? = *bytes.first_chunk()?;
    *into.last_chunk_mut::<N>()? = *bytes.last_chunk()?;
    Some(())
}

/// How many bytes a Variable Byte Integer takes, 1 to 4 (v5 section 1.5.5).
#[inline]
pub(crate) const fn variable_byte_integer_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}
