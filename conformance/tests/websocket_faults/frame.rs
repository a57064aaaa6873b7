//! WebSocket frames (RFC 6455 section 5.2), with what a library would not let through.

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub(crate) reserved: u8,
    /// 0 to 15.
    pub(crate) opcode: u8,
    pub(crate) masked: bool,
    /// How many bytes the length has in the header beside its first: 0, 2 or 8.
    pub(crate) longer: usize,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(opcode: u8, payload: &[u8]) -> Self {
        let longer = match payload.len() {
            0..126 => 0,
            126..65536 => 2,
            _ => 8,
        };
        Self { fin: true, reserved: 0, opcode, masked: false, longer, payload: payload.to_vec() }
    }

    /// Takes the first frame off the bytes; `None` if it has not all arrived. A length of more than `most` bytes is taken
    /// for `most`.
    pub(crate) fn take(bytes: &mut Vec<u8>, most: usize) -> Option<Self> {
        let [first, second, ..] = **bytes else { return None };
        let longer = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let len = match bytes.get(2..2 + longer)? {
            [] => usize::from(second & 0x7F),
            long => long.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)),
        };
        let (len, masked) = (len.min(most), second & 0x80 != 0);
        let mask_at = 2 + longer;
        let payload_at = mask_at + if masked { 4 } else { 0 };
        let mask = bytes.get(mask_at..payload_at)?.to_vec();
        let mut payload = bytes.get(payload_at..payload_at + len)?.to_vec();
        if masked {
            payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        }
        bytes.drain(..payload_at + len);
        let (fin, reserved, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 15);
        Some(Self { fin, reserved, opcode, masked, longer, payload })
    }

    /// As it is sent. The mask has no effect.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let len = self.payload.len();
        let short = match self.longer {
            0 => u8::try_from(len & 0x7F).unwrap(),
            2 => 126,
            _ => 127,
        };
        let long = u64::try_from(len).unwrap().to_be_bytes();
        let header = [u8::from(self.fin) << 7 | self.reserved << 4 | self.opcode, u8::from(self.masked) << 7 | short];
        let mask: &[u8] = if self.masked { &[0; 4] } else { &[] };
        [&header[..], &long[8 - self.longer..], mask, &self.payload].concat()
    }
}

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
