//! [`Splitter`]: cuts bytes that arrive in pieces of any size into packets.

use core::fmt;

use crate::{DecodeError, DecodeErrorKind, PacketType, fixed_header::packet_length, writer::copy};

/// Buffers the beginning of a packet until the rest has arrived. Implemented for [`SliceBuffer`], a byte slice, and with
/// the feature `alloc` for `Vec<u8>`.
pub trait FrameBuffer {
    /// The bytes in the buffer.
    fn buffered(&self) -> &[u8];
    /// Empties the buffer.
    fn reset(&mut self);
    /// Appends bytes, and returns whether there was room. `total` is the length that the packet will have, as far as it is
    /// known.
    #[must_use]
    fn store(&mut self, bytes: &[u8], total: usize) -> bool;
}

/// Cuts a stream into whole packets by their Remaining Length (v5 section 2.1.4, v3.1.1 section 2.2.3). A packet that
/// arrives in one piece is not copied; otherwise its beginning is buffered until the rest arrives.
///
/// ```
/// use mqttspec_codec::{decode_frame, SliceBuffer, Splitter, Version};
/// let mut buffer = [0; 256];
/// let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), 256);
/// let mut packets = 0;
/// for chunk in [&[0xC0][..], &[0, 0xC0, 0, 0x40], &[2, 0, 1]] {
///     let mut rest = chunk;
///     while let Some(frame) = splitter.next(&mut rest)? {
///         decode_frame(frame, Version::V5)?;
///         packets += 1;
///     }
/// }
/// assert_eq!(packets, 3);
/// # Ok::<(), mqttspec_codec::DecodeError>(())
/// ```
pub struct Splitter<B> {
    buffer: B,
    /// The buffer contains the whole packet that the last call returned.
    given_out: bool,
    /// The number of bytes that the packet in the buffer lacks; 0 until that is known.
    missing: usize,
    maximum_packet_size: u32,
}

impl<B: FrameBuffer> Splitter<B> {
    /// `maximum_packet_size` is in bytes, fixed header included. A larger packet is an error as soon as its length is
    /// known. `buffer` must be empty.
    pub fn new(buffer: B, maximum_packet_size: u32) -> Self {
        Self { buffer, given_out: false, missing: 0, maximum_packet_size }
    }

    /// The next whole packet, taken from the front of `chunk`. `Ok(None)` means that `chunk` is used up; the beginning of a
    /// packet is buffered. After an error the stream cannot be continued.
    ///
    /// # Errors
    /// [`PacketTooLarge`](crate::DecodeErrorKind::PacketTooLarge) over the maximum packet size or over the
    /// capacity of the buffer; [`VariableByteIntegerTooLong`](crate::DecodeErrorKind::VariableByteIntegerTooLong).
    #[inline]
    pub fn next<'s, 'c: 's>(&'s mut self, chunk: &mut &'c [u8]) -> Result<Option<&'s [u8]>, DecodeError> {
        // in the middle of a packet, and still so afterwards
        if let Some(missing @ 1..) = self.missing.checked_sub(chunk.len()) {
            self.store(core::mem::take(chunk), missing)?;
            return Ok(None);
        }
        self.next_frame(chunk)
    }

    fn next_frame<'s, 'c: 's>(&'s mut self, chunk: &mut &'c [u8]) -> Result<Option<&'s [u8]>, DecodeError> {
        if self.given_out {
            self.buffer.reset();
            self.given_out = false;
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        if self.buffer.buffered().is_empty() {
            let bytes: &'c [u8] = chunk;
            let len = packet_length(bytes, self.maximum_packet_size)?;
            match len.and_then(|len| bytes.split_at_checked(len)) {
                Some((frame, rest)) => {
                    *chunk = rest;
                    return Ok(Some(frame));
                }
                // the whole chunk is the beginning of a packet
                None => {
                    let missing = len.map_or(0, |len| len.saturating_sub(bytes.len()));
                    self.store(core::mem::take(chunk), missing)?;
                    return Ok(None);
                }
            }
        }
        while self.missing == 0 {
            // one byte at a time until the length is known: at most four
            let Some((byte, rest)) = chunk.split_at_checked(1) else { return Ok(None) };
            self.store(byte, 0)?;
            *chunk = rest;
            if let Some(total) = packet_length(self.buffer.buffered(), self.maximum_packet_size)? {
                self.missing = total.saturating_sub(self.buffer.buffered().len());
                break;
            }
        }
        let (tail, rest) = chunk.split_at_checked(self.missing).unwrap_or((chunk, &[]));
        self.store(tail, self.missing.saturating_sub(tail.len()))?;
        *chunk = rest;
        self.given_out = self.missing == 0;
        Ok(self.given_out.then(|| self.buffer.buffered()))
    }

    /// Whether the beginning of a packet is buffered and its end has not arrived.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.given_out && !self.buffer.buffered().is_empty()
    }

    /// How many bytes of a packet whose end has not arrived are buffered.
    #[must_use]
    pub fn buffered_len(&self) -> usize {
        if self.given_out { 0 } else { self.buffer.buffered().len() }
    }

    /// Buffers the next bytes of a packet that lacks `missing` more, or 0 if that is not known yet.
    #[inline(always)]
    fn store(&mut self, bytes: &[u8], missing: usize) -> Result<(), DecodeError> {
        let total = self.buffer.buffered().len().saturating_add(bytes.len()).saturating_add(missing);
        if !self.buffer.store(bytes, total) {
            return Err(too_large(self.buffer.buffered().first().or(bytes.first())));
        }
        self.missing = missing;
        Ok(())
    }
}

/// Does not show the buffered bytes: half a CONNECT may contain a password.
impl<B: FrameBuffer> fmt::Debug for Splitter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { buffer, given_out: _, missing, maximum_packet_size } = self;
        f.debug_struct("Splitter")
            .field("buffered", &buffer.buffered().len())
            .field("missing", missing)
            .field("maximum_packet_size", maximum_packet_size)
            .finish()
    }
}

#[cold]
fn too_large(first_byte: Option<&u8>) -> DecodeError {
    let packet_type = first_byte.and_then(|byte| PacketType::from_number(byte >> 4));
    DecodeError { kind: DecodeErrorKind::PacketTooLarge, at: 1, packet_type }
}

/// A buffer in a slice of the caller's, without allocation.
#[derive(Debug)]
pub struct SliceBuffer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> SliceBuffer<'b> {
    /// Buffers up to `buffer.len()` bytes. That should be the maximum packet size, and at least the five bytes that a fixed
    /// header can have: in a smaller buffer, a packet in pieces is an error, although the same packet in one piece is not.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }
}

impl FrameBuffer for SliceBuffer<'_> {
    #[inline]
    fn buffered(&self) -> &[u8] {
        debug_assert!(self.len <= self.buffer.len(), "{} of {} bytes are filled", self.len, self.buffer.len());
        self.buffer.get(..self.len).unwrap_or_default()
    }

    fn reset(&mut self) {
        self.len = 0;
    }

    #[inline]
    fn store(&mut self, bytes: &[u8], _: usize) -> bool {
        // if the sum wraps, the range is not valid
        let end = self.len.wrapping_add(bytes.len());
        let Some(free) = self.buffer.get_mut(self.len..end) else { return false };
        copy(free, bytes);
        self.len = end;
        true
    }
}

/// Grows with the bytes that arrive, not with the length that a header announces, and frees large buffers.
#[cfg(feature = "alloc")]
impl FrameBuffer for alloc::vec::Vec<u8> {
    fn buffered(&self) -> &[u8] {
        self
    }

    fn reset(&mut self) {
        if self.capacity() > KEPT_CAPACITY {
            *self = Self::new();
        } else {
            self.clear();
        }
    }

    fn store(&mut self, bytes: &[u8], _: usize) -> bool {
        self.extend_from_slice(bytes);
        true
    }
}

#[cfg(feature = "alloc")]
const KEPT_CAPACITY: usize = 16 * 1024;
