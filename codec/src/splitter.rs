//! [`Splitter`]: bytes that arrive in any pieces, cut into packets.

use core::fmt;

use crate::{DecodeError, DecodeErrorKind, PacketType, fixed_header::packet_length, writer::copy};

/// Buffers the beginning of a packet until the rest has arrived. Implemented for [`SliceBuffer`], a byte slice, and with
/// the feature `alloc` for `Vec<u8>`.
pub trait FrameBuffer {
    /// The bytes in the buffer.
    fn buffered(&self) -> &[u8];
    /// Empties the buffer.
    fn reset(&mut self);
    /// Appends bytes, and returns whether there was room. `total` is the length that the packet will have.
    #[must_use]
    fn store(&mut self, bytes: &[u8], total: usize) -> bool;
}

/// Cuts a stream into whole packets, by their Remaining Length (v5 section 2.1.4, v3.1.1 section 2.2.3). What arrives
/// whole is not copied; only the beginning of a packet whose end has not come is held.
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
    /// What is held was given out as a whole packet by the last call.
    given_out: bool,
    /// How many bytes of the packet that is held have not come; 0 while that is not known.
    missing: usize,
    maximum_packet_size: u32,
}

impl<B: FrameBuffer> Splitter<B> {
    /// `maximum_packet_size` is in bytes, fixed header included: a larger packet is an error as soon as its length is
    /// known. `held` is empty.
    pub fn new(buffer: B, maximum_packet_size: u32) -> Self {
        Self { buffer, given_out: false, missing: 0, maximum_packet_size }
    }

    /// The next whole packet, taken from the front of `chunk`. `Ok(None)`: `chunk` is used up, and what it had of an
    /// unfinished packet is held. After an error the stream cannot go on.
    ///
    /// # Errors
    /// [`PacketTooLarge`](crate::DecodeErrorKind::PacketTooLarge) over the maximum packet size or over what `H` can
    /// hold; [`VariableByteIntegerTooLong`](crate::DecodeErrorKind::VariableByteIntegerTooLong).
    #[inline]
    pub fn next<'s, 'c: 's>(&'s mut self, chunk: &mut &'c [u8]) -> Result<Option<&'s [u8]>, DecodeError> {
        // in the middle of a packet, before and after
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
                // all of it is the beginning of one packet
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

    /// Whether a packet has begun whose end has not come.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.given_out && !self.buffer.buffered().is_empty()
    }

    /// Buffers the next bytes of a packet, of which `missing` are still to come, or 0 if that is not known yet.
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

/// Without what is held: half a CONNECT may have a password in it.
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

/// Holds in a caller's buffer, without allocation.
#[derive(Debug)]
pub struct SliceBuffer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> SliceBuffer<'b> {
    /// Holds up to `buffer.len()` bytes: give it the maximum packet size, and no less than the five bytes that a fixed
    /// header can have. With less, a packet that comes whole still passes and the same packet in pieces is an error.
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
        // a sum that wraps is no range
        let end = self.len.wrapping_add(bytes.len());
        let Some(free) = self.buffer.get_mut(self.len..end) else { return false };
        copy(free, bytes);
        self.len = end;
        true
    }
}

/// Grows as bytes arrive, not as a header promises, and gives large buffers back.
#[cfg(feature = "alloc")]
impl FrameBuffer for alloc::vec::Vec<u8> {
    fn buffered(&self) -> &[u8] {
        self
    }

    fn reset(&mut self) {
        if self.capacity() > KEPT {
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
const KEPT: usize = 16 * 1024;
