//! A cursor over the bytes of one packet. Every method is total: it returns a value or a [`DecodeError`] with the offset.

use crate::{DecodeError, DecodeErrorKind};

/// The bytes left to read, and the offset of their end: offsets in errors count from the first byte of the packet.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads `rest`, which ends just before offset `end` of the packet.
    #[inline]
    pub(crate) fn new(rest: &'a [u8], end: usize) -> Self {
        Self { rest, end }
    }

    /// Reads bytes that need no offsets, because they were checked before.
    #[inline]
    pub(crate) fn checked(rest: &'a [u8]) -> Self {
        Self { rest, end: rest.len() }
    }

    /// The offset of the next byte.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.end.saturating_sub(self.rest.len())
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// An error at the next byte.
    #[inline]
    pub(crate) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.at())
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let Some((&first, rest)) = self.rest.split_first() else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        self.rest = rest;
        Ok(first)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((array, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        self.rest = rest;
        Ok(*array)
    }

    /// A Two Byte Integer (section 1.5.2).
    #[inline]
    pub(crate) fn two_byte_integer(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A Four Byte Integer (v5 section 1.5.3).
    #[inline]
    pub(crate) fn four_byte_integer(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A Variable Byte Integer (v5 section 1.5.5): at most four bytes, at most 268 435 455. More bytes than the value
    /// needs are accepted: v5 [MQTT-1.5.5-1] binds the sender, and the standard does not say what a receiver does.
    #[inline]
    pub(crate) fn variable_byte_integer(&mut self) -> Result<u32, DecodeError> {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte < 0x80 => {
                self.rest = rest;
                Ok(u32::from(byte))
            }
            _ => {
                let value;
                (value, *self) = self.long_variable_byte_integer()?;
                Ok(value)
            }
        }
    }

    /// By value: a cursor whose address is taken does not stay in registers.
    #[inline(never)]
    fn long_variable_byte_integer(self) -> Result<(u32, Self), DecodeError> {
        let (mut value, mut rest) = (0u32, self.rest);
        for shift in [0, 7, 14, 21] {
            let Some((&byte, tail)) = rest.split_first() else { return Err(self.error(DecodeErrorKind::Truncated)) };
            value |= u32::from(byte & 0x7F) << shift;
            rest = tail;
            if byte < 0x80 {
                return Ok((value, Self { rest, ..self }));
            }
        }
        Err(self.error(DecodeErrorKind::VariableByteIntegerTooLong))
    }

    #[inline]
    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// All bytes that are left.
    #[inline]
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// All bytes that are left, without taking them.
    #[inline]
    pub(crate) fn peek(&self) -> &'a [u8] {
        self.rest
    }
}
