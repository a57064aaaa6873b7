//! Errors by blame: a [`DecodeError`] is about the peer's bytes, an [`EncodeError`] or [`InvalidValue`] about the caller's
//! value.

use core::fmt;

use crate::{Field, PacketType, ReasonCode, Version, error_kind::DecodeErrorKind};

/// Bytes that are not a legal Control Packet (v5 section 4.13, v3.1.1 section 4.8): what is wrong, where, and in which
/// packet.
///
/// ```
/// use mqttspec_codec::{decode, DecodeErrorKind, ReasonCode, Version};
/// // SUBSCRIBE whose subscription options have a reserved bit set
/// let bytes = [0x82, 7, 0, 10, 0, 0, 1, b'a', 0x40];
/// let error = decode(&bytes, Version::V5).unwrap_err();
/// assert_eq!((error.kind, error.at), (DecodeErrorKind::ReservedBits, 8));
/// assert_eq!(error.reason_code(), ReasonCode::MalformedPacket);
/// assert_eq!(error.statement(Version::V5), Some("MQTT-3.8.3-5"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The rule that was broken.
    pub kind: DecodeErrorKind,
    /// The offset of the first byte that is wrong, counted in bytes from the packet's first byte.
    ///
    /// - An integer that is too long: its first byte.
    /// - A field that is too short for its type: its first byte. A text or binary data that ends too soon: the byte after
    ///   its length.
    /// - A text: the byte that is wrong. An empty text: its length.
    /// - A property: its identifier, or its value if only that is wrong.
    /// - Something that is missing: where it should have been.
    pub at: usize,
    /// The type of the packet; `None` if the first byte has no valid packet type.
    pub packet_type: Option<PacketType>,
}

impl DecodeError {
    /// An error at that offset, for code that checks more than this crate does.
    #[cold]
    #[must_use]
    pub const fn new(kind: DecodeErrorKind, at: usize) -> Self {
        Self { kind, at, packet_type: None }
    }

    /// The same error in a packet of that type.
    #[cold]
    #[must_use]
    pub const fn within(self, packet_type: PacketType) -> Self {
        Self { packet_type: Some(packet_type), ..self }
    }

    /// The Reason Code that a v5 receiver sends before it closes the connection (v5 section 4.13).
    #[must_use]
    pub const fn reason_code(&self) -> ReasonCode {
        self.kind.reason_code()
    }

    /// The error as a text that also names the statement of that version which was broken.
    #[must_use]
    pub const fn in_version(self, version: Version) -> impl fmt::Display {
        InVersion(self, version)
    }

    /// The error as a text for the Client that sent the packet. The statement is that of [`DecodeError::statement_in`];
    /// for a packet that is too large it is the one that binds Clients (v5 [MQTT-3.2.2-15]).
    ///
    /// ```
    /// use mqttspec_codec::{decode, Version};
    /// let bytes = [0x82, 8, 0, 10, 0, 0, 2, b'a', b'+', 0]; // `+` is not a whole level
    /// let text = decode(&bytes, Version::V5).unwrap_err().for_client(&bytes, Version::V5).to_string();
    /// assert!(text.ends_with("(v5 [MQTT-4.7.1-2])"), "{text}");
    /// ```
    #[must_use]
    pub fn for_client(self, packet: &[u8], version: Version) -> impl fmt::Display + use<> {
        let statement = match (self.kind, version) {
            (DecodeErrorKind::PacketTooLarge, Version::V5) => Some("MQTT-3.2.2-15"),
            _ => self.statement_in(packet, version),
        };
        Citing(self, version, statement)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed ")?;
        match self.packet_type {
            Some(packet_type) => packet_type.fmt(f)?,
            None => f.write_str("packet")?,
        }
        write!(f, " at byte {}: {}", self.at, self.kind.text())
    }
}

impl core::error::Error for DecodeError {}

struct InVersion(DecodeError, Version);

impl fmt::Display for InVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InVersion(error, version) = self;
        Citing(*error, *version, error.statement(*version)).fmt(f)
    }
}

struct Citing(DecodeError, Version, Option<&'static str>);

impl fmt::Display for Citing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Citing(error, version, statement) = self;
        error.fmt(f)?;
        match statement {
            Some(id) => write!(f, " ({version} [{id}])"),
            None => Ok(()),
        }
    }
}

/// A packet that cannot be encoded. The caller's value is wrong, never the peer's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is shorter than the packet. Nothing was written.
    BufferTooSmall {
        /// The length of the packet in bytes.
        needed: usize,
    },
    /// The Remaining Length would be over 268 435 455 (section 2.1.4).
    TooLarge,
    /// The version has no packet of this type: AUTH before v5.
    PacketTypeNotInVersion {
        /// The type of the packet.
        packet_type: PacketType,
        /// The version it was to be encoded for.
        version: Version,
    },
    /// The version has no place for a field that the value has.
    NotInVersion {
        /// The field that has no place.
        field: Field,
        /// The version it was to be encoded for.
        version: Version,
    },
    /// CONNECT announces this version and is encoded for another one.
    OtherVersion(Version),
    /// The Reason Code is not allowed in this packet (v5 section 2.4).
    ReasonCode(ReasonCode),
    /// The property with this identifier is not allowed in this packet (v5 section 2.2.2.2).
    MisplacedProperty(u8),
    /// The property with this identifier appears twice where it may appear once (v5 section 2.2.2.2).
    RepeatedProperty(u8),
    /// The value of the property with this identifier is out of range.
    PropertyValue(u8),
    /// A field without which the packet is not allowed is missing or has no items.
    Missing(Field),
    /// A Topic Filter begins with `$share/` and is not a shared subscription (v5 section 4.8.2).
    MalformedShare,
    /// Two fields contradict each other, for example Session Present and the Reason Code of a refusal.
    Contradiction(Field, Field),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::BufferTooSmall { needed } => {
                write!(f, "the packet needs {needed} bytes, the buffer has fewer")
            }
            EncodeError::TooLarge => f.write_str("the remaining length would be over 268435455"),
            EncodeError::PacketTypeNotInVersion { packet_type, version } => write!(f, "{version} has no {packet_type}"),
            EncodeError::NotInVersion { field, version } => {
                write!(f, "{version} has no place for this field: {field}")
            }
            EncodeError::OtherVersion(version) => {
                write!(f, "the CONNECT announces {version}, not the version it is encoded for")
            }
            EncodeError::ReasonCode(code) => write!(f, "reason code {code} is not allowed in this packet"),
            EncodeError::MisplacedProperty(id) => write!(f, "property 0x{id:02X} is not allowed in this packet"),
            EncodeError::RepeatedProperty(id) => write!(f, "property 0x{id:02X} appears twice"),
            EncodeError::PropertyValue(id) => write!(f, "the value of property 0x{id:02X} is out of range"),
            EncodeError::Missing(field) => write!(f, "the packet lacks a required field: {field}"),
            EncodeError::MalformedShare => {
                f.write_str("a shared subscription does not have the form $share/name/filter")
            }
            EncodeError::Contradiction(one, other) => write!(f, "{one} and {other} contradict each other"),
        }
    }
}

impl core::error::Error for EncodeError {}

/// A value that the standard does not allow and that its constructor therefore rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidValue {
    /// Over 65 535 bytes.
    TooLong,
    /// Contains U+0000.
    Nul,
    /// Empty, though at least one character is required.
    Empty,
    /// A wildcard where none is allowed.
    Wildcard,
    /// A number that is out of range.
    OutOfRange,
    /// A value whose data type is not that of the property.
    OtherType,
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidValue::TooLong => "longer than 65535 bytes",
            InvalidValue::Nul => "a string with U+0000",
            InvalidValue::Empty => "empty",
            InvalidValue::Wildcard => "a string with a wildcard where none is allowed",
            InvalidValue::OutOfRange => "out of range",
            InvalidValue::OtherType => "not of the property's data type",
        })
    }
}

impl core::error::Error for InvalidValue {}
