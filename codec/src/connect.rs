//! CONNECT (section 3.1).

use core::fmt;

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, EncodeError, Field, PacketType, Properties, QoS, TopicName, Utf8String,
    Version, Will,
    fixed_header::FixedHeader,
    packet::Body,
    place::{Place, Rules, bit},
    properties,
    reader::Reader,
    writer::Writer,
};

/// The first packet of a Client (section 3.1). It announces the version of the connection. Its `Debug` hides the password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// From Protocol Name and Protocol Level.
    pub version: Version,
    /// Clean Start (v5), Clean Session (v3.1.1): discard an existing Session. In v3.1.1 the new Session also ends with the
    /// connection.
    pub clean_start: bool,
    /// The Client sends at least one packet in this many seconds, 0 to 65 535; 0 means no limit.
    pub keep_alive: u16,
    /// The Client Identifier. If it is empty, the Server assigns one (section 3.1.3.1).
    pub client_id: Utf8String<'a>,
    /// The Will Message, which the Server publishes unless the Client disconnects normally: with a DISCONNECT, in v5 with
    /// Reason Code 0.
    pub will: Option<Will<'a>>,
    /// The user name; a password is not required with it.
    pub user_name: Option<Utf8String<'a>>,
    /// The password, any bytes. In v5 it may be sent without a user name.
    pub password: Option<BinaryData<'a>>,
    /// Empty before v5.
    pub properties: Properties<'a>,
}

impl<'a> Connect<'a> {
    /// A CONNECT with Clean Start, a Keep Alive of 60 seconds and no optional fields.
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

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("clean_start", &self.clean_start)
            .field("keep_alive", &self.keep_alive)
            .field("client_id", &self.client_id)
            .field("will", &self.will)
            .field("user_name", &self.user_name)
            // must not appear in logs
            .field("password", &self.password.map(|_| format_args!("hidden")))
            .field("properties", &self.properties)
            .finish()
    }
}

impl<'a> Body<'a> for Connect<'a> {
    const TYPE: PacketType = PacketType::Connect;

    fn read(reader: &mut Reader<'a>, _: Version, _: u8) -> Result<Self, DecodeError> {
        let version = read_version(reader)?;
        let at = reader.at();
        let flags = reader.byte()?;
        let error = |kind| Err(DecodeError::new(kind, at));
        // v5 [MQTT-3.1.2-3] section 3.1.2.3, v3.1.1 [MQTT-3.1.2-3]
        if flags & RESERVED != 0 {
            return error(DecodeErrorKind::ReservedBits);
        }
        // v5 [MQTT-3.1.2-11] [MQTT-3.1.2-13], v3.1.1 [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]
        // 3.1 section 3.1 disregards them
        let will_flags = if flags & WILL == 0 { 0 } else { flags };
        if will_flags == 0 && flags & (WILL_QOS | WILL_RETAIN) != 0 && version != Version::V3_1 {
            return error(DecodeErrorKind::WillFlags);
        }
        // v5 [MQTT-3.1.2-12] section 3.1.2.6, v3.1.1 [MQTT-3.1.2-14]
        let Some(will_qos) = QoS::from_number((will_flags & WILL_QOS) >> WILL_QOS_SHIFT) else {
            return error(DecodeErrorKind::QosThree);
        };
        // v3.1.1 [MQTT-3.1.2-22]; v5 section 3.1.2.9 allows it
        if version != Version::V5 && flags & USER_NAME == 0 && flags & PASSWORD != 0 {
            return error(DecodeErrorKind::PasswordWithoutUserName);
        }
        let keep_alive = reader.two_byte_integer()?;
        let (properties, seen) = properties::read_seen(reader, version, RULES)?;
        // v5 section 3.1.2.11.10
        if seen & bit(AUTHENTICATION_DATA) != 0 && seen & bit(AUTHENTICATION_METHOD) == 0 {
            return Err(reader.error(DecodeErrorKind::MissingAuthenticationMethod));
        }
        // v5 [MQTT-3.1.3-1], v3.1.1 [MQTT-3.1.3-1]: in this order
        let client_id = Utf8String::read(reader)?;
        let will = match flags & WILL != 0 {
            true => Some(Will {
                properties: properties::read(reader, version, WILL_RULES)?,
                topic: TopicName::read(reader)?,
                payload: BinaryData::read(reader)?,
                qos: will_qos,
                retain: flags & WILL_RETAIN != 0,
            }),
            false => None,
        };
        // 3.1 allows the flags without the fields: whether they follow is known from the Remaining Length
        let follows = |flag, reader: &Reader<'_>| flags & flag != 0 && !(version == Version::V3_1 && reader.is_empty());
        let user_name = follows(USER_NAME, reader).then(|| Utf8String::read(reader)).transpose()?;
        let password = follows(PASSWORD, reader).then(|| BinaryData::read(reader)).transpose()?;
        let clean_start = flags & CLEAN_START != 0;
        Ok(Self { version, clean_start, keep_alive, client_id, will, user_name, password, properties })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        if self.version != version {
            return Err(EncodeError::OtherVersion(self.version));
        }
        if version != Version::V5 && self.password.is_some() && self.user_name.is_none() {
            return Err(EncodeError::NotInVersion { field: Field::PasswordWithoutUserName, version });
        }
        properties::check(&self.properties, version, RULES)?;
        if !self.properties.is_checked_for(RULES.place)
            && self.properties.authentication_data().is_some()
            && self.properties.authentication_method().is_none()
        {
            return Err(EncodeError::Missing(Field::AuthenticationMethod));
        }
        let mut len = properties::encoded_len(&self.properties, version)
            .saturating_add(version.protocol_name().len())
            .saturating_add(8) // two lengths, level, flags, Keep Alive
            .saturating_add(self.client_id.len());
        if let Some(will) = &self.will {
            properties::check(&will.properties, version, WILL_RULES)?;
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

/// The version that a CONNECT announces, read from its first bytes: it may be incomplete, and malformed after the Protocol
/// Level. `None` for another packet, and if the bytes end before the Protocol Level (sections 3.1.2.1 and 3.1.2.2).
///
/// # Errors
/// [`DecodeErrorKind::ProtocolName`], [`DecodeErrorKind::ProtocolLevel`] if the name is known and the level is not its
/// own, [`DecodeErrorKind::VariableByteIntegerTooLong`].
///
/// ```
/// use mqttspec_codec::{Version, connect_version};
/// let bytes = b"\x10\x0C\0\x04MQTT\x04"; // the beginning of a CONNECT
/// assert_eq!(connect_version(bytes), Ok(Some(Version::V3_1_1)));
/// assert_eq!(connect_version(&bytes[..5]), Ok(None));
/// ```
pub fn connect_version(bytes: &[u8]) -> Result<Option<Version>, DecodeError> {
    if bytes.first().is_none_or(|first| first >> 4 != PacketType::Connect.number()) {
        return Ok(None);
    }
    let Some(header) = FixedHeader::parse(bytes)? else { return Ok(None) };
    let body = bytes.get(header.len..).unwrap_or_default();
    match read_version(&mut Reader::new(body, bytes.len())) {
        Ok(version) => Ok(Some(version)),
        Err(error) if error.kind == DecodeErrorKind::Truncated => Ok(None),
        Err(error) => Err(error.within(PacketType::Connect)),
    }
}

#[inline(always)]
fn read_version(reader: &mut Reader<'_>) -> Result<Version, DecodeError> {
    let before = *reader;
    let name = BinaryData::read(reader)?;
    let is_named = |version: &Version| version.protocol_name().as_bytes() == name.as_bytes();
    // v5 [MQTT-3.1.2-1], v3.1.1 [MQTT-3.1.2-1]
    let Some(named) =
        [[Version::V5, Version::V3_1_1], [Version::V3_1; 2]].into_iter().find(|[first, _]| is_named(first))
    else {
        return Err(before.error(DecodeErrorKind::ProtocolName));
    };
    let before = *reader;
    let level = reader.byte()?;
    // v5 [MQTT-3.1.2-2], v3.1.1 [MQTT-3.1.2-2]
    let found = named.into_iter().find(|version| version.level() == level);
    found.ok_or_else(|| before.error(DecodeErrorKind::ProtocolLevel))
}

const AUTHENTICATION_METHOD: u8 = 0x15;
const AUTHENTICATION_DATA: u8 = 0x16;
const USER_NAME: u8 = 0x80;
const PASSWORD: u8 = 0x40;
const WILL_RETAIN: u8 = 0x20;
const WILL_QOS: u8 = 0x18;
const WILL_QOS_SHIFT: u8 = 3;
const WILL: u8 = 0x04;
const CLEAN_START: u8 = 0x02;
const RESERVED: u8 = 0x01;

const RULES: &Rules = &Place::CONNECT.rules();
const WILL_RULES: &Rules = &Place::WILL.rules();
