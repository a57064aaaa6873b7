//! Writes into a buffer whose length was checked beforehand. Every method is total; what does not fit is dropped and
//! remembered, so that a wrong length is found by a test and never writes past the end.

/// The part of the caller's buffer that is still free.
#[derive(Debug, Default)]
pub struct Writer<'b> {
    free: &'b mut [u8],
    overflowed: bool,
}

impl<'b> Writer<'b> {
    pub(crate) fn new(free: &'b mut [u8]) -> Self {
        Self { free, overflowed: false }
    }

    /// Whether the bytes written were exactly as many as the buffer held.
    pub(crate) fn is_exactly_full(&self) -> bool {
        self.free.is_empty() && !self.overflowed
    }

    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        match core::mem::take(&mut self.free).split_at_mut_checked(bytes.len()) {
            Some((head, tail)) => {
                copy(head, bytes);
                self.free = tail;
            }
            None => self.overflowed = true,
        }
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
        loop {
            let low = (value & 0x7F) as u8;
            value >>= 7;
            if value == 0 {
                return self.byte(low);
            }
            self.byte(low | 0x80);
        }
    }

    /// Two bytes of length and the bytes. The length was checked when the value was made.
    #[inline]
    pub(crate) fn prefixed(&mut self, bytes: &[u8]) {
        self.two_byte_integer(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        self.bytes(bytes);
    }
}

/// Copies bytes of the same number, the few of a short text as two words that overlap, which is less than a call.
#[inline(always)]
fn copy(into: &mut [u8], bytes: &[u8]) {
    #[inline(always)]
    fn ends<const N: usize>(into: &mut [u8], bytes: &[u8]) -> Option<()> {
        *into.first_chunk_mut::<N>()? = *bytes.first_chunk()?;
        *into.last_chunk_mut::<N>()? = *bytes.last_chunk()?;
        Some(())
    }
    match bytes.len() {
        8..=16 => drop(ends::<8>(into, bytes)),
        17..=32 => drop(ends::<16>(into, bytes)),
        _ => into.copy_from_slice(bytes),
    }
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
