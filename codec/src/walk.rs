//! A second look at a decoded packet, for what [`decode_with`](crate::decode_with) is told to reject.

use crate::{
    BinaryData, DataType, DecodeError, DecodeErrorKind, Packet, Property, Reject, Tolerated, Utf8String, Version,
    place::bit, reader::Reader, writer::variable_byte_integer_len,
};

/// Walks the bytes of a packet, field by field, up to the first that contains something to reject.
pub(crate) fn check(bytes: &[u8], packet: &Packet<'_>, version: Version, reject: Reject) -> Result<(), DecodeError> {
    if reject == Reject::NONE {
        return Ok(());
    }
    // a CONNECT has its own version
    let version = if let Packet::Connect(connect) = packet { connect.version } else { version };
    let mut walk = Walk { rest: Reader::new(bytes, bytes.len()), version, reject };
    let checked = walk.packet(packet);
    debug_assert!(
        !checked
            .is_err_and(|error| matches!(error.kind, DecodeErrorKind::Truncated | DecodeErrorKind::UnknownProperty)),
        "a packet was not checked at decode: {checked:?}"
    );
    checked.map_err(|error| error.within(packet.packet_type()))
}

/// Every method reads past one field. The bytes were checked, so no field ends too soon.
struct Walk<'a> {
    rest: Reader<'a>,
    version: Version,
    reject: Reject,
}

impl Walk<'_> {
    fn packet(&mut self, packet: &Packet<'_>) -> Result<(), DecodeError> {
        self.skip(1)?;
        self.integer()?;
        match packet {
            Packet::Connect(connect) => {
                self.text()?;
                self.skip(4)?; // Protocol Level, flags, Keep Alive
                self.properties()?;
                self.text()?;
                if connect.will.is_some() {
                    self.properties()?;
                    self.text()?;
                    self.binary()?;
                }
                if connect.user_name.is_some() { self.text() } else { Ok(()) }
            }
            Packet::Publish(publish) => {
                self.text()?;
                if publish.delivery.packet_id().is_some() {
                    self.skip(2)?;
                }
                self.properties()
            }
            Packet::Subscribe(subscribe) => {
                self.skip(2)?;
                self.properties()?;
                subscribe.subscriptions.iter().try_for_each(|_| self.text().and_then(|()| self.skip(1)))
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.skip(2)?;
                self.properties()?;
                unsubscribe.filters.iter().try_for_each(|_| self.text())
            }
            Packet::Connack(_) | Packet::Suback(_) | Packet::Unsuback(_) => {
                self.skip(2)?;
                self.properties()
            }
            Packet::Puback(_) | Packet::Pubrec(_) | Packet::Pubrel(_) | Packet::Pubcomp(_) => {
                self.skip(2)?;
                self.reason()
            }
            Packet::Disconnect(_) | Packet::Auth(_) => self.reason(),
            Packet::Pingreq(_) | Packet::Pingresp(_) => Ok(()),
        }
    }

    /// Reason Code and properties, both of which are optional.
    fn reason(&mut self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.skip(1)?;
        if self.rest.is_empty() { Ok(()) } else { self.properties() }
    }

    fn properties(&mut self) -> Result<(), DecodeError> {
        if !self.version.has_properties() {
            return Ok(());
        }
        let len = self.integer()?;
        let bytes = self.rest.bytes(len as usize)?;
        let mut block = Walk { rest: Reader::new(bytes, self.rest.at()), ..*self };
        let mut seen = 0;
        while !block.rest.is_empty() {
            seen |= block.property(seen)?;
        }
        Ok(())
    }

    fn property(&mut self, seen: u64) -> Result<u64, DecodeError> {
        let before = self.rest;
        let id = u8::try_from(self.integer()?).unwrap_or(u8::MAX);
        // v5 sections 3.3.2.3.2 and 3.3.2.3.3 are silent; all others that may not repeat were rejected at decode
        let is_free_to_repeat = matches!(id, PAYLOAD_FORMAT_INDICATOR | MESSAGE_EXPIRY_INTERVAL);
        if is_free_to_repeat && seen & bit(id) != 0 && self.reject.contains(Tolerated::RepeatedProperties) {
            return Err(before.error(DecodeErrorKind::RepeatedProperty));
        }
        let value = self.rest;
        match Property::data_type(id) {
            Some(DataType::Byte) => {
                let byte = self.rest.byte()?;
                if id == PAYLOAD_FORMAT_INDICATOR && byte > 1 && self.reject.contains(Tolerated::PayloadFormats) {
                    return Err(value.error(DecodeErrorKind::PropertyValue));
                }
            }
            Some(DataType::TwoByteInteger) => self.skip(2)?,
            Some(DataType::FourByteInteger) => self.skip(4)?,
            Some(DataType::VariableByteInteger) => drop(self.integer()?),
            Some(DataType::Utf8String) => self.text()?,
            Some(DataType::BinaryData) => self.binary()?,
            Some(DataType::Utf8StringPair) => {
                self.text()?;
                self.text()?;
            }
            None => return Err(before.error(DecodeErrorKind::UnknownProperty)),
        }
        Ok(bit(id))
    }

    fn integer(&mut self) -> Result<u32, DecodeError> {
        let before = self.rest;
        let value = self.rest.variable_byte_integer()?;
        let taken = before.remaining().saturating_sub(self.rest.remaining());
        // v5 [MQTT-1.5.5-1]
        if taken > variable_byte_integer_len(value as usize) && self.reject.contains(Tolerated::OverLongIntegers) {
            return Err(before.error(DecodeErrorKind::OverLongInteger));
        }
        Ok(value)
    }

    fn text(&mut self) -> Result<(), DecodeError> {
        let text = Utf8String::read_checked(&mut self.rest)?;
        let start = self.rest.at().saturating_sub(text.len());
        for (place, character) in text.as_str().char_indices() {
            let (tolerated, kind) = match character {
                // v5 section 1.5.4, v3.1.1 section 1.5.3
                '\u{1}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => {
                    (Tolerated::ControlCharacters, DecodeErrorKind::ControlCharacter)
                }
                _ if is_non_character(character) => (Tolerated::NonCharacters, DecodeErrorKind::NonCharacter),
                _ => continue,
            };
            if self.reject.contains(tolerated) {
                return Err(DecodeError::new(kind, start.saturating_add(place)));
            }
        }
        Ok(())
    }

    fn binary(&mut self) -> Result<(), DecodeError> {
        BinaryData::read(&mut self.rest).map(drop)
    }

    fn skip(&mut self, len: usize) -> Result<(), DecodeError> {
        self.rest.bytes(len).map(drop)
    }
}

/// U+FDD0 to U+FDEF, and of each plane the last two code points.
const fn is_non_character(character: char) -> bool {
    matches!(character, '\u{FDD0}'..='\u{FDEF}') || character as u32 & 0xFFFE == 0xFFFE
}

const PAYLOAD_FORMAT_INDICATOR: u8 = 0x01;
const MESSAGE_EXPIRY_INTERVAL: u8 = 0x02;
