//! Blocks of properties: reading, checking and writing them, the same for every packet (v5 section 2.2.2).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Property, QoS, Version,
    place::{Rules, bit},
    reader::Reader,
    seq::Seq,
    writer::{Writer, variable_byte_integer_len},
};

/// The properties of a packet. Empty before v5, and where a short form leaves them out.
pub type Properties<'a> = Seq<'a, Property<'a>>;

/// Reads Property Length and properties; none before v5.
#[inline]
pub(crate) fn read<'a>(reader: &mut Reader<'a>, version: Version, rules: Rules) -> Result<Properties<'a>, DecodeError> {
    read_seen(reader, version, rules).map(|(properties, _)| properties)
}

/// As [`read`], with the set of the identifiers that stand there.
#[inline]
pub(crate) fn read_seen<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    rules: Rules,
) -> Result<(Properties<'a>, u64), DecodeError> {
    if !version.has_properties() {
        return Ok((Properties::EMPTY, 0));
    }
    match reader.variable_byte_integer()? {
        0 => Ok((Properties::EMPTY, 0)),
        len => read_block(reader.sub(len as usize)?, rules),
    }
}

fn read_block<'a>(mut block: Reader<'a>, rules: Rules) -> Result<(Properties<'a>, u64), DecodeError> {
    let bytes = block.peek();
    let mut seen = 0u64;
    let mut canonical = true;
    while !block.is_empty() {
        let before = block;
        let id = Property::read_id(&mut block)?;
        // v5 section 2.2.2.2: a property of another packet is a Malformed Packet
        if rules.allowed & bit(id) == 0 {
            return Err(before.error(DecodeErrorKind::MisplacedProperty));
        }
        if seen & rules.once & bit(id) != 0 {
            return Err(before.error(DecodeErrorKind::RepeatedProperty));
        }
        seen |= bit(id);
        Property::check_value(id, &mut block)?;
        let bytes = block.taken_since(&before);
        // an over-long identifier begins with another byte; an over-long Subscription Identifier ends with zero
        canonical &= bytes.first() == Some(&id) && !(id == SUBSCRIPTION_IDENTIFIER && bytes.last() == Some(&0));
    }
    Ok((if canonical { Properties::wire(bytes) } else { Properties::loose(bytes) }, seen))
}

/// Checks what an encoder would otherwise write wrongly.
pub(crate) fn check(properties: &Properties<'_>, version: Version, rules: Rules) -> Result<(), EncodeError> {
    if properties.is_empty() {
        return Ok(());
    }
    if !version.has_properties() {
        return Err(EncodeError::NotInVersion(version));
    }
    let mut seen = 0u64;
    for property in properties.iter() {
        let id = property.id();
        // the one value that its Rust type can hold and the property cannot (v5 section 3.2.2.3.4)
        let out_of_range = matches!(property, Property::MaximumQos(QoS::ExactlyOnce));
        if rules.allowed & bit(id) == 0 || seen & rules.once & bit(id) != 0 || out_of_range {
            return Err(EncodeError::Property(id));
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
        writer.variable_byte_integer(u32::try_from(properties.encoded_len()).unwrap_or(u32::MAX));
        properties.write(writer);
    }
}

const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
