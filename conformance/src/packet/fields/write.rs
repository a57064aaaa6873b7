//! Builds a packet from fields. Absent fields have a neutral value: QoS 0, flags false, empty payload, success.

use std::fmt;

use mqttspec_codec::{
    Auth, BinaryData, Connack, Connect, DataType, Delivery, Disconnect, EncodeError, Field, InvalidValue, Packet,
    PacketIdentifier, PacketType, Pingreq, Pingresp, Properties, Property, PropertyValue, Puback, Pubcomp, Publish,
    Pubrec, Pubrel, QoS, ReasonCode, RetainHandling, Suback, Subscribe, Subscription, SubscriptionOptions, TopicFilter,
    TopicName, Unsuback, Unsubscribe, UserProperty, Utf8String, Version, Will, encode_to_vec,
};

use super::{SUBSCRIPTION_IDENTIFIERS, USER_PROPERTIES};
use crate::packet::{Fields, Value};

/// Why fields cannot be encoded as a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// A field has a value that the packet cannot hold.
    Field(&'static str, InvalidValue),
    /// The packet cannot be encoded in that version.
    Encode(EncodeError),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Field(name, why) => write!(f, "`{name}`: {why}; write illegal packets in hex"),
            WriteError::Encode(why) => write!(f, "{why}; write illegal packets in hex"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<EncodeError> for WriteError {
    fn from(error: EncodeError) -> Self {
        WriteError::Encode(error)
    }
}

/// The bytes of the packet.
///
/// # Errors
/// The fields violate the standard. Vectors write such packets in hex.
pub fn write(packet_type: PacketType, fields: &Fields, version: Version) -> Result<Vec<u8>, WriteError> {
    let from = Source(fields);
    let properties = from.properties(|id| Property::is_allowed_in(id, packet_type))?;
    let properties = Properties::from(&properties[..]);
    let mut into = Vec::new();
    let mut encode = |packet: Packet<'_>| Ok(encode_to_vec(&packet, version, &mut into).map(drop)?);
    match packet_type {
        PacketType::Connect => {
            let will_properties = match fields.get("will") {
                Some(Value::Map(will)) => Source(will).properties(Property::is_allowed_in_will)?,
                _ => Vec::new(),
            };
            let will = match fields.get("will") {
                Some(Value::Map(will)) => Some(Source(will).will(&will_properties)?),
                _ => None,
            };
            encode(Packet::Connect(Connect {
                version,
                clean_start: from.flag("clean_start"),
                keep_alive: from.number("keep_alive")?,
                client_id: from.text("client_id")?.unwrap_or_default(),
                will,
                user_name: from.text("user_name")?,
                password: from.binary("password")?,
                properties,
            }))
        }
        PacketType::Connack => encode(Packet::Connack(Connack {
            session_present: from.flag("session_present"),
            reason_code: from.reason_code()?,
            properties,
        })),
        PacketType::Publish => encode(Packet::Publish(Publish {
            delivery: from.delivery()?,
            retain: from.flag("retain"),
            topic: from.topic()?,
            properties,
            payload: from.bytes("payload"),
        })),
        PacketType::Puback => {
            let (packet_id, reason_code) = (from.packet_id()?, from.reason_code()?);
            encode(Packet::Puback(Puback { packet_id, reason_code, properties }))
        }
        PacketType::Pubrec => {
            let (packet_id, reason_code) = (from.packet_id()?, from.reason_code()?);
            encode(Packet::Pubrec(Pubrec { packet_id, reason_code, properties }))
        }
        PacketType::Pubrel => {
            let (packet_id, reason_code) = (from.packet_id()?, from.reason_code()?);
            encode(Packet::Pubrel(Pubrel { packet_id, reason_code, properties }))
        }
        PacketType::Pubcomp => {
            let (packet_id, reason_code) = (from.packet_id()?, from.reason_code()?);
            encode(Packet::Pubcomp(Pubcomp { packet_id, reason_code, properties }))
        }
        PacketType::Subscribe => {
            let subscriptions = from.each("subscriptions", subscription)?;
            let packet_id = from.packet_id()?;
            encode(Packet::Subscribe(Subscribe { packet_id, properties, subscriptions: (&subscriptions[..]).into() }))
        }
        PacketType::Suback => {
            let codes = from.each("reason_codes", code)?;
            let packet_id = from.packet_id()?;
            encode(Packet::Suback(Suback { packet_id, properties, reason_codes: (&codes[..]).into() }))
        }
        PacketType::Unsubscribe => {
            let filters = from.each("filters", |value| TopicFilter::new(text_of(value)?))?;
            let packet_id = from.packet_id()?;
            encode(Packet::Unsubscribe(Unsubscribe { packet_id, properties, filters: (&filters[..]).into() }))
        }
        PacketType::Unsuback => {
            let codes = from.each("reason_codes", code)?;
            let packet_id = from.packet_id()?;
            encode(Packet::Unsuback(Unsuback { packet_id, properties, reason_codes: (&codes[..]).into() }))
        }
        PacketType::Pingreq => encode(Packet::Pingreq(Pingreq)),
        PacketType::Pingresp => encode(Packet::Pingresp(Pingresp)),
        PacketType::Disconnect => {
            encode(Packet::Disconnect(Disconnect { reason_code: from.reason_code()?, properties }))
        }
        PacketType::Auth => encode(Packet::Auth(Auth { reason_code: from.reason_code()?, properties })),
    }
    .map(|()| into)
}

/// Typed access to fields.
struct Source<'a>(&'a Fields);

impl<'a> Source<'a> {
    fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true) | Value::Number(1)))
    }

    fn number<N: TryFrom<u64>>(&self, name: &'static str) -> Result<N, WriteError> {
        let number = self.0.get(name).and_then(Value::as_number).unwrap_or_default();
        N::try_from(number).map_err(|_| WriteError::Field(name, InvalidValue::OutOfRange))
    }

    fn bytes(&self, name: &str) -> &'a [u8] {
        self.0.get(name).and_then(Value::as_bytes).unwrap_or_default()
    }

    fn text(&self, name: &'static str) -> Result<Option<Utf8String<'a>>, WriteError> {
        let text = self.0.get(name).map(|value| Utf8String::new(text_of(value)?)).transpose();
        text.map_err(|why| WriteError::Field(name, why))
    }

    fn binary(&self, name: &'static str) -> Result<Option<BinaryData<'a>>, WriteError> {
        let bytes = self.0.get(name).and_then(Value::as_bytes);
        bytes.map(BinaryData::new).transpose().map_err(|why| WriteError::Field(name, why))
    }

    fn topic(&self) -> Result<Option<TopicName<'a>>, WriteError> {
        match self.text("topic")? {
            Some(text) if !text.is_empty() => {
                TopicName::try_from(text).map(Some).map_err(|why| WriteError::Field("topic", why))
            }
            _ => Ok(None),
        }
    }

    fn qos(&self) -> Result<QoS, WriteError> {
        QoS::from_number(self.number("qos")?).ok_or(WriteError::Field("qos", InvalidValue::OutOfRange))
    }

    fn packet_id(&self) -> Result<PacketIdentifier, WriteError> {
        PacketIdentifier::try_from(self.number::<u16>("packet_id")?).map_err(|why| WriteError::Field("packet_id", why))
    }

    fn delivery(&self) -> Result<Delivery, WriteError> {
        let dup = self.flag("dup");
        Ok(match self.qos()? {
            QoS::AtMostOnce if dup => {
                return Err(WriteError::Encode(EncodeError::Contradiction(Field::Dup, Field::Qos)));
            }
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id: self.packet_id()?, dup },
            QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id: self.packet_id()?, dup },
        })
    }

    fn reason_code(&self) -> Result<ReasonCode, WriteError> {
        ReasonCode::from_number(self.number("reason_code")?)
            .ok_or(WriteError::Field("reason_code", InvalidValue::OutOfRange))
    }

    fn will<'w>(&self, properties: &'w [Property<'w>]) -> Result<Will<'w>, WriteError>
    where
        'a: 'w,
    {
        let topic = self.topic()?.ok_or(WriteError::Field("will", InvalidValue::Empty))?;
        Ok(Will {
            topic,
            payload: self.binary("payload")?.unwrap_or_default(),
            qos: self.qos()?,
            retain: self.flag("retain"),
            properties: properties.into(),
        })
    }

    fn each<T>(
        &self,
        name: &'static str,
        make: impl Fn(&'a Value) -> Result<T, InvalidValue>,
    ) -> Result<Vec<T>, WriteError> {
        let Some(Value::List(items)) = self.0.get(name) else { return Ok(Vec::new()) };
        items.iter().map(|item| make(item).map_err(|why| WriteError::Field(name, why))).collect()
    }

    /// The properties by identifier, with User Properties in their order.
    fn properties(&self, is_allowed: impl Fn(u8) -> bool) -> Result<Vec<Property<'a>>, WriteError> {
        let mut properties = Vec::new();
        for (id, name) in Property::ALL.iter().filter(|(id, _)| is_allowed(*id)) {
            let mut add = |name, value: Result<PropertyValue<'a>, InvalidValue>| {
                let property = value.and_then(|value| Property::from_value(*id, value));
                property.map(|property| properties.push(property)).map_err(|why| WriteError::Field(name, why))
            };
            match (Property::data_type(*id), self.0.get(*name)) {
                (Some(DataType::Utf8StringPair), _) => {
                    let pairs = self.each(USER_PROPERTIES, pair)?;
                    pairs.into_iter().try_for_each(|p| add(USER_PROPERTIES, Ok(PropertyValue::Utf8StringPair(p))))?;
                }
                (Some(DataType::VariableByteInteger), None) => {
                    let numbers = self.each(SUBSCRIPTION_IDENTIFIERS, number_of)?;
                    numbers
                        .into_iter()
                        .try_for_each(|n| add(SUBSCRIPTION_IDENTIFIERS, Ok(PropertyValue::VariableByteInteger(n))))?;
                }
                (Some(data_type), Some(value)) => add(*name, property_value(data_type, value))?,
                _ => {}
            }
        }
        Ok(properties)
    }
}

fn property_value<'a>(data_type: DataType, value: &'a Value) -> Result<PropertyValue<'a>, InvalidValue> {
    Ok(match data_type {
        DataType::Byte => PropertyValue::Byte(number_of(value)?),
        DataType::TwoByteInteger => PropertyValue::TwoByteInteger(number_of(value)?),
        DataType::FourByteInteger => PropertyValue::FourByteInteger(number_of(value)?),
        DataType::VariableByteInteger => PropertyValue::VariableByteInteger(number_of(value)?),
        DataType::Utf8String => PropertyValue::Utf8String(Utf8String::new(text_of(value)?)?),
        DataType::BinaryData => {
            PropertyValue::BinaryData(BinaryData::new(value.as_bytes().ok_or(InvalidValue::OtherType)?)?)
        }
        DataType::Utf8StringPair => PropertyValue::Utf8StringPair(pair(value)?),
    })
}

fn number_of<N: TryFrom<u64>>(value: &Value) -> Result<N, InvalidValue> {
    let number = match value {
        Value::Bool(flag) => u64::from(*flag),
        value => value.as_number().ok_or(InvalidValue::OtherType)?,
    };
    N::try_from(number).map_err(|_| InvalidValue::OutOfRange)
}

fn text_of(value: &Value) -> Result<&str, InvalidValue> {
    let bytes = value.as_bytes().ok_or(InvalidValue::OtherType)?;
    std::str::from_utf8(bytes).map_err(|_| InvalidValue::OtherType)
}

fn pair(value: &Value) -> Result<UserProperty<'_>, InvalidValue> {
    match value {
        Value::List(items) => match &items[..] {
            [name, value] => {
                Ok(UserProperty { name: Utf8String::new(text_of(name)?)?, value: Utf8String::new(text_of(value)?)? })
            }
            _ => Err(InvalidValue::OtherType),
        },
        _ => Err(InvalidValue::OtherType),
    }
}

fn code(value: &Value) -> Result<ReasonCode, InvalidValue> {
    ReasonCode::from_number(number_of(value)?).ok_or(InvalidValue::OutOfRange)
}

fn subscription(value: &Value) -> Result<Subscription<'_>, InvalidValue> {
    let Value::Map(fields) = value else { return Err(InvalidValue::OtherType) };
    let number = |name| fields.get(name).map_or(Ok(0u8), number_of);
    let filter = fields.get("filter").ok_or(InvalidValue::Empty)?;
    Ok(Subscription {
        filter: TopicFilter::new(text_of(filter)?)?,
        options: SubscriptionOptions {
            qos: QoS::from_number(number("qos")?).ok_or(InvalidValue::OutOfRange)?,
            no_local: number("no_local")? == 1,
            retain_as_published: number("retain_as_published")? == 1,
            retain_handling: RetainHandling::from_number(number("retain_handling")?).ok_or(InvalidValue::OutOfRange)?,
        },
    })
}
