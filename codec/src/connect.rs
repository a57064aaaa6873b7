//! CONNECT (section 3.1).

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, EncodeError, PacketType, Properties, Property, QoS, TopicName,
    Utf8String, Version, Will, packet::Body, place::Place, properties, reader::Reader, writer::Writer,
};

/// The first packet of a Client (section 3.1). It names the version of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// From Protocol Name and Protocol Level.
    pub version: Version,
    /// Clean Start (v5), Clean Session (v3.1.1): begin without an old Session. In v3.1.1 the new one also ends with the
    /// connection.
    pub clean_start: bool,
    /// Seconds in which the Client sends at least one packet, 0 to 65 535; 0: no limit.
    pub keep_alive: u16,
    /// Empty asks the Server to assign one (section 3.1.3.1).
    pub client_id: Utf8String<'a>,
    /// What the Server publishes when the connection ends without a DISCONNECT.
    pub will: Option<Will<'a>>,
    /// May stand without a password.
    pub user_name: Option<Utf8String<'a>>,
    /// Any bytes. In v5 also without a user name.
    pub password: Option<BinaryData<'a>>,
    /// Empty before v5.
    pub properties: Properties<'a>,
}

impl<'a> Connect<'a> {
    /// A CONNECT with Clean Start, Keep Alive 60 and nothing else.
    #[must_use]
    pub const fn new(version: Version, client_id: Utf8String<'a>) -> Self {
        Self {
            version,
            clean_start: true,
            keep_alive: 60,
            client_id,
            will: None,
            user_name: None,
            password: None,
            properties: Properties::EMPTY,
        }
    }

    fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        if let Some(will) = &self.will {
            flags |= WILL | will.qos.number() << WILL_QOS_SHIFT;
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.clean_start {
            flags |= CLEAN_START;
        }
        flags
    }
}

impl<'a> Body<'a> for Connect<'a> {
    const TYPE: PacketType = PacketType::Connect;

    fn read(reader: &mut Reader<'a>, _: Version, _: u8) -> Result<Self, DecodeError> {
        let version = read_version(reader)?;
        let at = reader.at();
        let flags = reader.byte()?;
        let error = |kind| Err(DecodeError::new(kind, at));
        // v5 [MQTT-3.1.2-3], v3.1.1 [MQTT-3.1.2-3]
        if flags & RESERVED != 0 {
            return error(DecodeErrorKind::ReservedBits);
        }
        // v5 [MQTT-3.1.2-11] [MQTT-3.1.2-13], v3.1.1 [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]
        if flags & WILL == 0 && flags & (WILL_QOS | WILL_RETAIN) != 0 {
            return error(DecodeErrorKind::WillFlags);
        }
        // v5 [MQTT-3.1.2-12], v3.1.1 [MQTT-3.1.2-14]
        let Some(will_qos) = QoS::from_number((flags & WILL_QOS) >> WILL_QOS_SHIFT) else {
            return error(DecodeErrorKind::QosThree);
        };
        // v3.1.1 [MQTT-3.1.2-22]; v5 section 3.1.2.9 allows it
        if version != Version::V5 && flags & USER_NAME == 0 && flags & PASSWORD != 0 {
            return error(DecodeErrorKind::PasswordWithoutUserName);
        }
        let keep_alive = reader.two_byte_integer()?;
        let properties = properties::read(reader, version, Place::CONNECT)?;
        // v5 section 3.1.2.11.10
        if properties.authentication_data().is_some() && properties.authentication_method().is_none() {
            return Err(reader.error(DecodeErrorKind::MissingAuthenticationMethod));
        }
        // v5 [MQTT-3.1.3-1], v3.1.1 [MQTT-3.1.3-1]: this order
        let client_id = Utf8String::read(reader)?;
        let will = match flags & WILL != 0 {
            true => Some(Will {
                properties: properties::read(reader, version, Place::WILL)?,
                topic: TopicName::read(reader)?,
                payload: BinaryData::read(reader)?,
                qos: will_qos,
                retain: flags & WILL_RETAIN != 0,
            }),
            false => None,
        };
        let user_name = (flags & USER_NAME != 0).then(|| Utf8String::read(reader)).transpose()?;
        let password = (flags & PASSWORD != 0).then(|| BinaryData::read(reader)).transpose()?;
        let clean_start = flags & CLEAN_START != 0;
        Ok(Self { version, clean_start, keep_alive, client_id, will, user_name, password, properties })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        if self.version != version {
            return Err(EncodeError::OtherVersion(self.version));
        }
        if version != Version::V5 && self.password.is_some() && self.user_name.is_none() {
            return Err(EncodeError::NotInVersion(version));
        }
        properties::check(&self.properties, version, Place::CONNECT)?;
        let has = |wanted: fn(&Property<'_>) -> bool| self.properties.iter().any(|property| wanted(&property));
        if has(|p| matches!(p, Property::AuthenticationData(_)))
            && !has(|p| matches!(p, Property::AuthenticationMethod(_)))
        {
            return Err(EncodeError::Incomplete);
        }
        let mut len = properties::encoded_len(&self.properties, version)
            .saturating_add(version.protocol_name().len())
            .saturating_add(8) // two lengths, level, flags, Keep Alive
            .saturating_add(self.client_id.len());
        if let Some(will) = &self.will {
            properties::check(&will.properties, version, Place::WILL)?;
            len = len
                .saturating_add(properties::encoded_len(&will.properties, version))
                .saturating_add(will.topic.len())
                .saturating_add(will.payload.len())
                .saturating_add(4);
        }
        let optional = |field: Option<usize>| field.map_or(0, |len| len.saturating_add(2));
        Ok(len
            .saturating_add(optional(self.user_name.map(|name| name.len())))
            .saturating_add(optional(self.password.map(|password| password.len()))))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.prefixed(version.protocol_name().as_bytes());
        writer.byte(version.level());
        writer.byte(self.flags());
        writer.two_byte_integer(self.keep_alive);
        properties::write(&self.properties, version, writer);
        writer.prefixed(self.client_id.as_bytes());
        if let Some(will) = &self.will {
            properties::write(&will.properties, version, writer);
            writer.prefixed(will.topic.as_bytes());
            writer.prefixed(&will.payload);
        }
        if let Some(user_name) = &self.user_name {
            writer.prefixed(user_name.as_bytes());
        }
        if let Some(password) = &self.password {
            writer.prefixed(password);
        }
    }
}

fn read_version(reader: &mut Reader<'_>) -> Result<Version, DecodeError> {
    let name_at = reader.at();
    let name_len = reader.two_byte_integer()?;
    let name = reader.bytes(usize::from(name_len))?;
    let level_at = reader.at();
    let level = reader.byte()?;
    let known = [Version::V3_1, Version::V3_1_1, Version::V5];
    // v5 [MQTT-3.1.2-1], v3.1.1 [MQTT-3.1.2-1]
    if !known.iter().any(|version| version.protocol_name().as_bytes() == name) {
        return Err(DecodeError::new(DecodeErrorKind::ProtocolName, name_at));
    }
    // v5 [MQTT-3.1.2-2], v3.1.1 [MQTT-3.1.2-2]
    known
        .into_iter()
        .find(|version| version.protocol_name().as_bytes() == name && version.level() == level)
        .ok_or(DecodeError::new(DecodeErrorKind::ProtocolLevel, level_at))
}

const USER_NAME: u8 = 0x80;
const PASSWORD: u8 = 0x40;
const WILL_RETAIN: u8 = 0x20;
const WILL_QOS: u8 = 0x18;
const WILL_QOS_SHIFT: u8 = 3;
const WILL: u8 = 0x04;
const CLEAN_START: u8 = 0x02;
const RESERVED: u8 = 0x01;
