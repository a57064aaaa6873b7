//! Base64.

use base64::{
    DecodeError, Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use mqttspec_codec::Version;

use super::{NotHex, character};
use crate::packet::PacketStream;

/// Reads base64 with any padding, in either alphabet. Spaces and line breaks are ignored.
pub(super) fn read(text: &[u8]) -> Result<Vec<u8>, NotHex> {
    let places: Vec<usize> = (0..text.len()).filter(|place| !text[*place].is_ascii_whitespace()).collect();
    let digits: Vec<u8> = places.iter().map(|place| text[*place]).collect();
    let alphabet = if digits.iter().any(|digit| matches!(digit, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet, config).decode(&digits).map_err(|error| {
        let (index, what) = match error {
            DecodeError::InvalidByte(index, _) => {
                let sign = places.get(index).map_or_else(String::new, |place| character(text, *place));
                (index, format!("{sign} is not a base64 digit here"))
            }
            DecodeError::InvalidLastSymbol { offset: index, .. } => {
                (index, "the base64 ends with bits that belong to no byte".to_owned())
            }
            DecodeError::InvalidLength(_) => (places.len(), "the base64 ends inside a byte".to_owned()),
            DecodeError::InvalidPadding => (places.len(), "the padding of the base64 is wrong".to_owned()),
        };
        NotHex::at(text, places.get(index).copied().unwrap_or(text.len()), what)
    })
}

/// Reads text that is not hex, if it can be base64. It is taken for base64 if its first packet is legal, which mistyped
/// hex and ordinary words hardly are. `None` if it cannot be base64.
pub(super) fn recognised(text: &[u8]) -> Option<Result<Vec<u8>, NotHex>> {
    let text = text.trim_ascii();
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let width = lines.clone().next()?.len();
    let last = lines.next_back()?;
    let is_wrapped = lines.all(|line| line.len() == width) && last.len() <= width;
    let is_spaced = text.iter().any(|byte| matches!(byte, b' ' | b'\t'));
    let digits = text.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    if !is_wrapped || is_spaced || digits == 0 || digits % 4 != 0 {
        return None;
    }
    let bytes = read(text).ok()?;
    let is_legal = [Version::V5, Version::V3_1_1]
        .into_iter()
        .any(|version| PacketStream::new(&bytes, version).next().is_some_and(|part| part.is_packet()));
    let wrong = text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(0);
    Some(match is_legal {
        true => Ok(bytes),
        false => {
            let sign = character(text, wrong);
            let what = format!("{sign} is not a hex digit, but all of this may be base64; use --base64 if it is");
            Err(NotHex::at(text, wrong, what))
        }
    })
}
