//! Blocks of properties: reading, checking and writing them, the same for every packet (v5 section 2.2.2).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, MAXIMUM_REMAINING_LENGTH, Property, QoS, Version,
    place::{Place, Rules, bit},
    property_check::Check,
    reader::Reader,
    seq::{Checked, Seq},
    writer::{Writer, variable_byte_integer_len},
};

/// The properties of a packet (v5 section 2.2.2). Empty before v5, and if a short form omits them.
pub type Properties<'a> = Seq<'a, Property<'a>>;

/// Reads Property Length and properties; none before v5.
#[inline(always)]
pub(crate) fn read<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    rules: &Rules,
) -> Result<Properties<'a>, DecodeError> {
    read_seen(reader, version, rules).map(|(properties, _)| properties)
}

/// As [`read`], with the set of identifiers that were found.
#[inline(always)]
pub(crate) fn read_seen<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    rules: &Rules,
) -> Result<(Properties<'a>, u64), DecodeError> {
    // one value is made at the end, whatever was read: several would be merged through memory
    let (mut bytes, mut seen, mut canonical): (&[u8], u64, bool) = (&[], 0, true);
    if version.has_properties() {
        let len = reader.variable_byte_integer()?;
        if len != 0 {
            bytes = reader.bytes(len as usize)?;
            (seen, canonical) = match legal_and_canonical(bytes, rules) {
                Some(seen) => (seen, true),
                None => (read_other(bytes, reader.at(), rules)?, false),
            };
        }
    }
    Ok((Properties::wire(bytes, Checked { place: rules.place, canonical }), seen))
}

/// The identifiers of a block in which nothing is wrong or over-long; `None` for any other block.
#[inline(never)]
fn legal_and_canonical(bytes: &[u8], rules: &Rules) -> Option<u64> {
    let (mut rest, mut seen) = (bytes, 0u64);
    while let Some((&id, value)) = rest.split_first() {
        // an identifier over 63 has another one's bit here, and no check below
        let bit = 1u64.wrapping_shl(u32::from(id));
        if rules.allowed & bit == 0 || seen & rules.once & bit != 0 {
            return None;
        }
        seen |= bit;
        rest = Property::check(id).rest(value)?;
    }
    Some(seen)
}

/// Reads a block that ends at that offset and in which something is wrong or over-long.
#[cold]
#[inline(never)]
fn read_other(bytes: &[u8], end: usize, rules: &Rules) -> Result<u64, DecodeError> {
    let mut block = Reader::new(bytes, end);
    let mut seen = 0u64;
    while !block.is_empty() {
        let before = block;
        let id = u8::try_from(block.variable_byte_integer()?).unwrap_or(u8::MAX);
        // v5 section 2.2.2.2: a property of another packet is a Malformed Packet
        if rules.allowed & bit(id) == 0 {
            return Err(before.error(match Property::check(id) {
                Check::Unknown => DecodeErrorKind::UnknownProperty,
                _ => DecodeErrorKind::MisplacedProperty,
            }));
        }
        if seen & rules.once & bit(id) != 0 {
            return Err(before.error(DecodeErrorKind::RepeatedProperty));
        }
        seen |= bit(id);
        Property::check(id).read_past(&mut block)?;
    }
    Ok(seen)
}

/// Checks what an encoder would otherwise write wrongly.
#[inline]
pub(crate) fn check(properties: &Properties<'_>, version: Version, rules: &Rules) -> Result<(), EncodeError> {
    if properties.is_empty() {
        return Ok(());
    }
    if !version.has_properties() {
        return Err(EncodeError::NotInVersion {
            field: if rules.place == Place::WILL { Field::WillProperties } else { Field::Properties },
            version,
        });
    }
    if properties.is_checked_for(rules.place) {
        return Ok(());
    }
    check_each(properties, rules)
}

#[inline(never)]
fn check_each(properties: &Properties<'_>, rules: &Rules) -> Result<(), EncodeError> {
    let mut seen = 0u64;
    for property in properties.iter() {
        let id = property.id();
        if rules.allowed & bit(id) == 0 {
            return Err(EncodeError::MisplacedProperty(id));
        }
        if seen & rules.once & bit(id) != 0 {
            return Err(EncodeError::RepeatedProperty(id));
        }
        // the one value that is possible in the Rust type and not allowed in the property (v5 section 3.2.2.3.4)
        if property == Property::MaximumQos(QoS::ExactlyOnce) {
            return Err(EncodeError::PropertyValue(id));
        }
        seen |= bit(id);
    }
    Ok(())
}

/// The length with the Property Length in front; zero before v5.
#[inline]
pub(crate) fn encoded_len(properties: &Properties<'_>, version: Version) -> usize {
    if !version.has_properties() {
        return 0;
    }
    let len = properties.encoded_len();
    variable_byte_integer_len(len).saturating_add(len)
}

#[inline]
pub(crate) fn write(properties: &Properties<'_>, version: Version, writer: &mut Writer<'_>) {
    if version.has_properties() {
        // v5 [MQTT-2.2.2-1]: also if there are no properties
        let len = properties.encoded_len();
        debug_assert!(len <= MAXIMUM_REMAINING_LENGTH as usize, "properties of {len} bytes");
        writer.variable_byte_integer(len as u32);
        properties.write(writer);
    }
}
