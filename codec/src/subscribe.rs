//! SUBSCRIBE (section 3.8).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, PacketIdentifier, PacketType, Properties, QoS, Seq, TopicFilter,
    Version,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    seq::{Checked, Item},
    writer::Writer,
};

/// Requests subscriptions (section 3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Identifies the request until its SUBACK.
    pub packet_id: PacketIdentifier,
    /// Empty before v5.
    pub properties: Properties<'a>,
    /// At least one subscription.
    pub subscriptions: Seq<'a, Subscription<'a>>,
}

/// A Topic Filter and its options (section 3.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// The Topic Names to receive.
    pub filter: TopicFilter<'a>,
    /// In v3.1.1 only the QoS; the other options have their defaults.
    pub options: SubscriptionOptions,
}

/// Subscription Options (v5 section 3.8.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubscriptionOptions {
    /// Maximum QoS; in v3.1.1 the requested QoS.
    pub qos: QoS,
    /// Do not deliver messages that this Client published.
    pub no_local: bool,
    /// Deliver messages with the RETAIN flag that they were published with.
    pub retain_as_published: bool,
    /// Which retained messages to deliver in response to the SUBSCRIBE.
    pub retain_handling: RetainHandling,
}

/// Retain Handling (v5 section 3.8.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: deliver retained messages at every SUBSCRIBE, as v3.1.1 does.
    #[default]
    Send = 0,
    /// 1: only if the subscription is new.
    SendIfNew = 1,
    /// 2: do not deliver retained messages.
    DoNotSend = 2,
}

impl RetainHandling {
    /// `None` for 3 and more.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(RetainHandling::Send),
            1 => Some(RetainHandling::SendIfNew),
            2 => Some(RetainHandling::DoNotSend),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl SubscriptionOptions {
    /// The options byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.qos.number()
            | if self.no_local { NO_LOCAL } else { 0 }
            | if self.retain_as_published { RETAIN_AS_PUBLISHED } else { 0 }
            | self.retain_handling.number() << RETAIN_HANDLING_SHIFT
    }

    /// The options in a byte, or what is wrong with it in v5.
    ///
    /// # Errors
    /// [`DecodeErrorKind::ReservedBits`], [`DecodeErrorKind::SubscriptionQosThree`],
    /// [`DecodeErrorKind::RetainHandlingThree`].
    #[inline]
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeErrorKind> {
        // v5 [MQTT-3.8.3-5]
        if byte & RESERVED != 0 {
            return Err(DecodeErrorKind::ReservedBits);
        }
        let Some(qos) = QoS::from_number(byte & QOS) else { return Err(DecodeErrorKind::SubscriptionQosThree) };
        let Some(retain_handling) = RetainHandling::from_number(byte >> RETAIN_HANDLING_SHIFT & 3) else {
            return Err(DecodeErrorKind::RetainHandlingThree);
        };
        Ok(Self {
            qos,
            no_local: byte & NO_LOCAL != 0,
            retain_as_published: byte & RETAIN_AS_PUBLISHED != 0,
            retain_handling,
        })
    }
}

impl SubscriptionOptions {
    /// An option that v3.1.1 does not have and that is not the default.
    fn field_of_v5(self) -> Option<Field> {
        match self {
            SubscriptionOptions { no_local: true, .. } => Some(Field::NoLocal),
            SubscriptionOptions { retain_as_published: true, .. } => Some(Field::RetainAsPublished),
            SubscriptionOptions { retain_handling: RetainHandling::Send, .. } => None,
            _ => Some(Field::RetainHandling),
        }
    }
}

impl<'a> Item<'a> for Subscription<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let filter = TopicFilter::read_checked(reader)?;
        let at = reader.at();
        let options = SubscriptionOptions::from_byte(reader.byte()?).map_err(|kind| DecodeError::new(kind, at))?;
        Ok(Self { filter, options })
    }

    fn encoded_len(&self) -> usize {
        self.filter.len().saturating_add(3)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.prefixed(self.filter.as_bytes());
        writer.byte(self.options.to_byte());
    }
}

/// Whether all subscriptions are legal and none is shared.
#[inline(never)]
fn are_legal(mut rest: &[u8], version: Version) -> bool {
    let allowed = if version == Version::V5 { !RESERVED } else { QOS };
    while let Some((len, tail)) = rest.split_first_chunk() {
        let Some((filter, tail)) = tail.split_at_checked(usize::from(u16::from_be_bytes(*len))) else { return false };
        let Some((&options, tail)) = tail.split_first() else { return false };
        let are_legal_options =
            options & !allowed == 0 && options & QOS != QOS && options >> RETAIN_HANDLING_SHIFT != 3;
        // the rules of v5 for shared subscriptions are checked on the slow path
        if !are_legal_options || TopicFilter::begins_like_a_share(filter) || !TopicFilter::is_filter(filter) {
            return false;
        }
        rest = tail;
    }
    rest.is_empty()
}

/// Checks all subscriptions. The cursor is passed by value, so it stays in registers.
#[cold]
#[inline(never)]
fn check_subscriptions(mut reader: Reader<'_>, version: Version) -> Result<(), DecodeError> {
    while !reader.is_empty() {
        let filter = TopicFilter::read(&mut reader)?;
        // v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        if version == Version::V5 && filter.is_malformed_share() {
            return Err(DecodeError::new(DecodeErrorKind::MalformedShare, reader.at().saturating_sub(filter.len())));
        }
        let before = reader;
        let byte = reader.byte()?;
        // v3.1.1 [MQTT-3.8.3-4]
        if version != Version::V5 && byte & !QOS != 0 {
            return Err(before.error(DecodeErrorKind::ReservedBits));
        }
        if let Err(kind) = SubscriptionOptions::from_byte(byte) {
            return Err(before.error(kind));
        }
        // v5 [MQTT-3.8.3-4]
        if byte & NO_LOCAL != 0 && filter.is_shared() {
            return Err(before.error(DecodeErrorKind::NoLocalOnShare));
        }
    }
    Ok(())
}

/// Checks what an encoder would otherwise write wrongly.
#[inline(never)]
fn check_each(subscriptions: Seq<'_, Subscription<'_>>, version: Version) -> Result<(), EncodeError> {
    for Subscription { filter, options } in subscriptions.iter() {
        if version == Version::V5 {
            if filter.is_malformed_share() {
                return Err(EncodeError::MalformedShare);
            }
            if options.no_local && filter.is_shared() {
                return Err(EncodeError::Contradiction(Field::NoLocal, Field::SharedTopicFilter));
            }
        } else if let Some(field) = options.field_of_v5() {
            return Err(EncodeError::NotInVersion { field, version });
        }
    }
    Ok(())
}

/// Where subscriptions that were checked in that version are allowed. v3.1.1 and v5 have different rules.
fn checked(version: Version) -> Place {
    if version == Version::V5 { Place::SUBSCRIBE } else { Place::NOWHERE }
}

impl<'a> Body<'a> for Subscribe<'a> {
    const TYPE: PacketType = PacketType::Subscribe;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let packet_id = PacketIdentifier::read(reader)?;
        let properties = properties::read(reader, version, RULES)?;
        // v5 [MQTT-3.8.3-2], v3.1.1 [MQTT-3.8.3-3]
        if reader.is_empty() {
            return Err(reader.error(DecodeErrorKind::EmptyPayload));
        }
        if !are_legal(reader.peek(), version) {
            check_subscriptions(*reader, version)?;
        }
        let bytes = reader.rest();
        Ok(Self { packet_id, properties, subscriptions: Seq::wire(bytes, Checked::at(checked(version))) })
    }

    #[inline(always)]
    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        if self.subscriptions.is_empty() {
            return Err(EncodeError::Missing(Field::Subscriptions));
        }
        if !self.subscriptions.is_checked_for(checked(version)) {
            check_each(self.subscriptions, version)?;
        }
        Ok(properties::encoded_len(&self.properties, version)
            .saturating_add(2)
            .saturating_add(self.subscriptions.encoded_len()))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.two_byte_integer(self.packet_id.number());
        properties::write(&self.properties, version, writer);
        self.subscriptions.write(writer);
    }
}

const QOS: u8 = 0x03;
const NO_LOCAL: u8 = 0x04;
const RETAIN_AS_PUBLISHED: u8 = 0x08;
const RETAIN_HANDLING_SHIFT: u8 = 4;
const RESERVED: u8 = 0xC0;

const RULES: &Rules = &Place::SUBSCRIBE.rules();
