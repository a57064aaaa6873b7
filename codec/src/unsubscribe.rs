//! UNSUBSCRIBE (section 3.10).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, PacketIdentifier, PacketType, Properties, Seq, TopicFilter,
    Version,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    seq::{Checked, Item},
    writer::Writer,
};

/// Ends subscriptions (section 3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Identifies the request until its UNSUBACK.
    pub packet_id: PacketIdentifier,
    /// Empty before v5.
    pub properties: Properties<'a>,
    /// At least one filter. They are compared character by character with those of the subscriptions (v5 [MQTT-3.10.4-1]).
    pub filters: Seq<'a, TopicFilter<'a>>,
}

impl<'a> Item<'a> for TopicFilter<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        TopicFilter::read_checked(reader)
    }

    fn encoded_len(&self) -> usize {
        self.len().saturating_add(2)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.prefixed(self.as_bytes());
    }
}

impl<'a> Body<'a> for Unsubscribe<'a> {
    const TYPE: PacketType = PacketType::Unsubscribe;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let packet_id = PacketIdentifier::read(reader)?;
        let properties = properties::read(reader, version, RULES)?;
        let bytes = reader.peek();
        // v5 [MQTT-3.10.3-2], v3.1.1 [MQTT-3.10.3-2]
        if bytes.is_empty() {
            return Err(reader.error(DecodeErrorKind::EmptyPayload));
        }
        while !reader.is_empty() {
            let start = reader.at().saturating_add(2);
            // v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2]
            if TopicFilter::read(reader)?.is_malformed_share() && version == Version::V5 {
                return Err(DecodeError::new(DecodeErrorKind::MalformedShare, start));
            }
        }
        let checked = Checked::at(if version == Version::V5 { Place::UNSUBSCRIBE } else { Place::NOWHERE });
        Ok(Self { packet_id, properties, filters: Seq::wire(bytes, checked) })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        if self.filters.is_empty() {
            return Err(EncodeError::Missing(Field::TopicFilters));
        }
        let checked = self.filters.is_checked_for(Place::UNSUBSCRIBE);
        if version == Version::V5 && !checked && self.filters.iter().any(TopicFilter::is_malformed_share) {
            return Err(EncodeError::MalformedShare);
        }
        Ok(properties::encoded_len(&self.properties, version)
            .saturating_add(2)
            .saturating_add(self.filters.encoded_len()))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.two_byte_integer(self.packet_id.number());
        properties::write(&self.properties, version, writer);
        self.filters.write(writer);
    }
}

const RULES: &Rules = &Place::UNSUBSCRIBE.rules();
