//! Blocks of properties: reading, checking and writing them, the same for every packet (v5 section 2.2.2).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Property, QoS, Version,
    place::Place,
    reader::Reader,
    seq::{Item, Seq},
    writer::{Writer, variable_byte_integer_len},
};

/// The properties of a packet. Empty before v5, and where a short form leaves them out.
pub type Properties<'a> = Seq<'a, Property<'a>>;

/// Reads Property Length and properties; none before v5.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, version: Version, place: Place) -> Result<Properties<'a>, DecodeError> {
    if !version.has_properties() {
        return Ok(Properties::EMPTY);
    }
    let len = reader.variable_byte_integer()?;
    let mut block = reader.sub(len as usize)?;
    let bytes = block.peek();
    let mut seen = 0u64;
    while !block.is_empty() {
        let start = block.at();
        let property = Property::read(&mut block)?;
        let id = property.id();
        // v5 section 2.2.2.2: a property of another packet is a Malformed Packet
        if !Property::places(id).is_some_and(|places| places.holds(place)) {
            return Err(DecodeError::new(DecodeErrorKind::MisplacedProperty, start));
        }
        if seen & bit(id) != 0 && !Property::may_repeat(id, place) {
            return Err(DecodeError::new(DecodeErrorKind::RepeatedProperty, start));
        }
        seen |= bit(id);
    }
    Ok(Properties::wire(bytes))
}

/// Checks what an encoder would otherwise write wrongly.
pub(crate) fn check(properties: &Properties<'_>, version: Version, place: Place) -> Result<(), EncodeError> {
    if properties.is_empty() {
        return Ok(());
    }
    if !version.has_properties() {
        return Err(EncodeError::NotInVersion(version));
    }
    let mut seen = 0u64;
    for property in properties.iter() {
        let id = property.id();
        let placed = Property::places(id).is_some_and(|places| places.holds(place));
        let repeated = seen & bit(id) != 0 && !Property::may_repeat(id, place);
        // the one value that its Rust type can hold and the property cannot (v5 section 3.2.2.3.4)
        let out_of_range = matches!(property, Property::MaximumQos(QoS::ExactlyOnce));
        if !placed || repeated || out_of_range {
            return Err(EncodeError::Property(id));
        }
        seen |= bit(id);
    }
    Ok(())
}

/// The length with the Property Length in front; zero before v5.
pub(crate) fn encoded_len(properties: &Properties<'_>, version: Version) -> usize {
    if !version.has_properties() {
        return 0;
    }
    let len = properties.encoded_len();
    variable_byte_integer_len(len).saturating_add(len)
}

pub(crate) fn write(properties: &Properties<'_>, version: Version, writer: &mut Writer<'_>) {
    if version.has_properties() {
        writer.variable_byte_integer(u32::try_from(properties.encoded_len()).unwrap_or(u32::MAX));
        properties.write(writer);
    }
}

/// All identifiers are under 64.
#[inline]
const fn bit(id: u8) -> u64 {
    1u64.wrapping_shl(id as u32)
}
