//! Control Packets made from arbitrary bytes: every packet type, every field, every property. Most can be encoded; some
//! contain what is not allowed in their version or packet, and must be rejected.

use arbitrary::{Arbitrary, Result, Unstructured};
use mqttspec_codec::*;

/// Everything that a packet can contain. [`Generated::packet`] uses what its type needs.
#[derive(Debug, Clone)]
pub(crate) struct Generated<'a> {
    pub(crate) version: Version,
    packet_type: PacketType,
    delivery: Delivery,
    packet_id: PacketIdentifier,
    flags: [bool; 2],
    keep_alive: u16,
    topic: Option<TopicName<'a>>,
    payload: &'a [u8],
    client_id: Utf8String<'a>,
    will: Option<(TopicName<'a>, BinaryData<'a>, QoS, Vec<Property<'a>>)>,
    user_name: Option<Utf8String<'a>>,
    password: Option<BinaryData<'a>>,
    properties: Vec<Property<'a>>,
    reason_code: ReasonCode,
    reason_codes: Vec<ReasonCode>,
    subscriptions: Vec<Subscription<'a>>,
    filters: Vec<TopicFilter<'a>>,
}

impl<'a> Arbitrary<'a> for Generated<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let version = *u.choose(&[Version::V5, Version::V5, Version::V3_1_1, Version::V3_1])?;
        let packet_type = *u.choose(PacketType::ALL)?;
        let v5 = version == Version::V5;
        let properties = match v5 || wild(u)? {
            true => properties(u, |id| Property::is_allowed_in(id, packet_type), packet_type == PacketType::Publish)?,
            false => Vec::new(),
        };
        let will = match u.arbitrary()? {
            true => {
                let properties =
                    if v5 { self::properties(u, Property::is_allowed_in_will, false)? } else { Vec::new() };
                Some((topic(u)?, binary(u)?, *u.choose(&QOS)?, properties))
            }
            false => None,
        };
        let user_name = option(u, text)?;
        Ok(Self {
            version,
            packet_type,
            delivery: delivery(u)?,
            packet_id: packet_id(u)?,
            flags: u.arbitrary()?,
            keep_alive: u.arbitrary()?,
            topic: if wild(u)? { None } else { Some(topic(u)?) },
            payload: u.arbitrary()?,
            client_id: text(u)?,
            will,
            user_name,
            password: if user_name.is_some() || v5 || wild(u)? { option(u, binary)? } else { None },
            properties,
            reason_code: reason_code(u, packet_type, version)?,
            reason_codes: list(u, |u| reason_code(u, packet_type, version))?,
            subscriptions: list(u, |u| subscription(u, v5))?,
            filters: list(u, filter)?,
        })
    }
}

impl Generated<'_> {
    pub(crate) fn packet(&self) -> Packet<'_> {
        let Self { packet_id, reason_code, .. } = *self;
        let properties = Properties::from(&self.properties[..]);
        match self.packet_type {
            PacketType::Connect => Packet::Connect(Connect {
                version: self.version,
                clean_start: self.flags[0],
                keep_alive: self.keep_alive,
                client_id: self.client_id,
                will: self.will.as_ref().map(|(topic, payload, qos, properties)| Will {
                    topic: *topic,
                    payload: *payload,
                    qos: *qos,
                    retain: self.flags[1],
                    properties: properties[..].into(),
                }),
                user_name: self.user_name,
                password: self.password,
                properties,
            }),
            PacketType::Connack => Packet::Connack(Connack { session_present: self.flags[0], reason_code, properties }),
            PacketType::Publish => Packet::Publish(Publish {
                delivery: self.delivery,
                retain: self.flags[0],
                topic: self.topic,
                properties,
                payload: self.payload,
            }),
            PacketType::Puback => Packet::Puback(Puback { packet_id, reason_code, properties }),
            PacketType::Pubrec => Packet::Pubrec(Pubrec { packet_id, reason_code, properties }),
            PacketType::Pubrel => Packet::Pubrel(Pubrel { packet_id, reason_code, properties }),
            PacketType::Pubcomp => Packet::Pubcomp(Pubcomp { packet_id, reason_code, properties }),
            PacketType::Subscribe => {
                let subscriptions = self.subscriptions[..].into();
                Packet::Subscribe(Subscribe { packet_id, properties, subscriptions })
            }
            PacketType::Suback => {
                Packet::Suback(Suback { packet_id, properties, reason_codes: self.reason_codes[..].into() })
            }
            PacketType::Unsubscribe => {
                Packet::Unsubscribe(Unsubscribe { packet_id, properties, filters: self.filters[..].into() })
            }
            PacketType::Unsuback => {
                let has_codes = self.version == Version::V5 || self.flags == [true, true];
                let reason_codes = if has_codes { self.reason_codes[..].into() } else { Seq::EMPTY };
                Packet::Unsuback(Unsuback { packet_id, properties, reason_codes })
            }
            PacketType::Pingreq => Packet::Pingreq(Pingreq),
            PacketType::Pingresp => Packet::Pingresp(Pingresp),
            PacketType::Disconnect => Packet::Disconnect(Disconnect { reason_code, properties }),
            PacketType::Auth => Packet::Auth(Auth { reason_code, properties }),
        }
    }
}

/// Rarely true: something that may be illegal is generated.
fn wild(u: &mut Unstructured<'_>) -> Result<bool> {
    rarely(u, 16)
}

/// True once in so many times, and never when the bytes are used up: then `ratio` is always true.
fn rarely(u: &mut Unstructured<'_>, times: u8) -> Result<bool> {
    Ok(!u.ratio(times - 1, times)?)
}

fn option<'a, T>(u: &mut Unstructured<'a>, make: fn(&mut Unstructured<'a>) -> Result<T>) -> Result<Option<T>> {
    if u.arbitrary()? { make(u).map(Some) } else { Ok(None) }
}

fn list<'a, T>(u: &mut Unstructured<'a>, mut make: impl FnMut(&mut Unstructured<'a>) -> Result<T>) -> Result<Vec<T>> {
    let len = if wild(u)? { 0 } else { u.int_in_range(1..=5)? };
    (0..len).map(|_| make(u)).collect()
}

fn text<'a>(u: &mut Unstructured<'a>) -> Result<Utf8String<'a>> {
    if rarely(u, 250)? {
        return Ok(Utf8String::new(LONGEST).expect("at most 65535 bytes"));
    }
    let text: &str = u.arbitrary()?;
    let text = text.split('\0').next().unwrap_or_default();
    Ok(Utf8String::new(text).unwrap_or_default())
}

fn binary<'a>(u: &mut Unstructured<'a>) -> Result<BinaryData<'a>> {
    Ok(BinaryData::new(u.arbitrary()?).unwrap_or_default())
}

fn topic<'a>(u: &mut Unstructured<'a>) -> Result<TopicName<'a>> {
    let common = TopicName::new(u.choose(&["a", "a/b", "/", "a//b", "$SYS/uptime", "\u{FEFF}", "ä/本"])?);
    Ok(TopicName::try_from(text(u)?).or(common).expect("legal"))
}

fn filter<'a>(u: &mut Unstructured<'a>) -> Result<TopicFilter<'a>> {
    let common = ["a", "#", "+/b", "a/+/#", "/", "$share/g/a/#", "$share/g/+", "$SYS/#", "ä/本"];
    let malformed_in_v5 = ["$share/g", "$share//a", "$share/+/a"];
    let wild = wild(u)?;
    let common = TopicFilter::new(u.choose(if wild { &malformed_in_v5[..] } else { &common[..] })?);
    Ok(TopicFilter::new(text(u)?.as_str()).or(common).expect("legal"))
}

fn subscription<'a>(u: &mut Unstructured<'a>, v5: bool) -> Result<Subscription<'a>> {
    let mut options = SubscriptionOptions { qos: *u.choose(&QOS)?, ..SubscriptionOptions::default() };
    let filter = filter(u)?;
    if v5 || wild(u)? {
        options.no_local = u.arbitrary::<bool>()? && (filter.shared().is_none() || wild(u)?);
        options.retain_as_published = u.arbitrary()?;
        options.retain_handling = RetainHandling::from_number(u.int_in_range(0..=2)?).expect("0 to 2");
    }
    Ok(Subscription { filter, options })
}

fn packet_id(u: &mut Unstructured<'_>) -> Result<PacketIdentifier> {
    Ok(PacketIdentifier::new(u.int_in_range(1..=u16::MAX)?).expect("not zero"))
}

fn delivery(u: &mut Unstructured<'_>) -> Result<Delivery> {
    let (packet_id, dup) = (packet_id(u)?, u.arbitrary()?);
    Ok(match u.choose(&QOS)? {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    })
}

fn reason_code(u: &mut Unstructured<'_>, packet_type: PacketType, version: Version) -> Result<ReasonCode> {
    let legal = |code: &ReasonCode| {
        let in_version = match packet_type {
            PacketType::Connack => code.return_code().is_some(),
            PacketType::Suback => matches!(code.number(), 0 | 1 | 2 | 0x80),
            _ => *code == ReasonCode::Success,
        };
        code.is_allowed_in(packet_type) && (version == Version::V5 || in_version)
    };
    let codes: Vec<_> = ReasonCode::ALL.iter().copied().filter(legal).collect();
    let wild = wild(u)?;
    Ok(*u.choose(if wild || codes.is_empty() { ReasonCode::ALL } else { &codes[..] })?)
}

fn properties<'a>(
    u: &mut Unstructured<'a>,
    is_allowed: impl Fn(u8) -> bool,
    publish: bool,
) -> Result<Vec<Property<'a>>> {
    let wild = wild(u)?;
    let ids: Vec<u8> = Property::ALL.iter().map(|(id, _)| *id).filter(|id| wild || is_allowed(*id)).collect();
    let mut properties: Vec<Property<'a>> = Vec::new();
    for _ in 0..u.int_in_range(0..=if ids.is_empty() { 0 } else { 6 })? {
        let id = *u.choose(&ids)?;
        let may_repeat = id == 0x26 || (publish && matches!(id, 0x01 | 0x02 | 0x0B));
        if wild || may_repeat || properties.iter().all(|property| property.id() != id) {
            properties.push(property(u, id)?);
        }
    }
    Ok(properties)
}

fn property<'a>(u: &mut Unstructured<'a>, id: u8) -> Result<Property<'a>> {
    let value = match Property::data_type(id).expect("an identifier of the table") {
        DataType::Byte => PropertyValue::Byte(u.arbitrary()?),
        DataType::TwoByteInteger => PropertyValue::TwoByteInteger(u.arbitrary()?),
        DataType::FourByteInteger => PropertyValue::FourByteInteger(u.arbitrary()?),
        DataType::VariableByteInteger => PropertyValue::VariableByteInteger(u.int_in_range(1..=268_435_455)?),
        DataType::Utf8String if id == 0x08 => {
            PropertyValue::Utf8String(Utf8String::new(topic(u)?.as_str()).expect("a Topic Name is text"))
        }
        DataType::Utf8String => PropertyValue::Utf8String(text(u)?),
        DataType::BinaryData => PropertyValue::BinaryData(binary(u)?),
        DataType::Utf8StringPair => PropertyValue::Utf8StringPair(UserProperty { name: text(u)?, value: text(u)? }),
    };
    let one = match value {
        PropertyValue::Byte(byte) => PropertyValue::Byte(byte & 1),
        PropertyValue::TwoByteInteger(_) => PropertyValue::TwoByteInteger(1),
        PropertyValue::FourByteInteger(_) => PropertyValue::FourByteInteger(1),
        other => other,
    };
    Ok(Property::from_value(id, value).or_else(|_| Property::from_value(id, one)).expect("0 or 1 is in every range"))
}

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
/// 65 535 bytes, the most that a text may have.
const LONGEST: &str = match std::str::from_utf8(&[b'x'; 65_535]) {
    Ok(text) => text,
    Err(_) => "",
};
