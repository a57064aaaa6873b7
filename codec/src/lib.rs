//! Reference codec for MQTT 3.1, 3.1.1 and 5.0: decodes bytes into Control Packets and encodes them again.
//!
//! - **One tree.** [`Packet`] contains the packets of all versions; the [`Version`] is an argument of [`decode`] and
//!   [`encode`].
//! - **Borrowed, without allocation.** A packet points into the bytes it was decoded from. A list is a [`Seq`], which is
//!   checked once and read on demand. `no_std`, no dependencies, no `unsafe`.
//! - **Strict.** Everything that the standard requires of a single packet is checked at decode. A [`DecodeError`] names
//!   the rule, the byte, the Reason Code to send and the statement that was broken.
//! - **Parse, don't validate.** [`PacketIdentifier`], [`TopicName`], [`TopicFilter`], [`Delivery`] and others cannot
//!   contain what the standard forbids.
//!
//! # Decode
//! ```
//! use mqttspec_codec::{decode, Packet, Version};
//! let bytes = [0x30, 8, 0, 3, b'a', b'/', b'b', 0, b'h', b'i'];
//! let (packet, _) = decode(&bytes, Version::V5)?.expect("whole");
//! let Packet::Publish(publish) = packet else { panic!("a PUBLISH") };
//! assert_eq!(publish.topic.unwrap().as_str(), "a/b");
//! assert_eq!(publish.payload, b"hi");
//! # Ok::<(), mqttspec_codec::DecodeError>(())
//! ```
//!
//! # Encode
//! ```
//! use mqttspec_codec::{encode, Connect, Packet, Utf8String, Version};
//! let connect = Packet::from(Connect::new(Version::V3_1_1, Utf8String::new("sensor").unwrap()));
//! let mut buffer = [0; 64];
//! let len = encode(&connect, Version::V3_1_1, &mut buffer)?;
//! assert_eq!(len, 20);
//! # Ok::<(), mqttspec_codec::EncodeError>(())
//! ```
//!
//! # A stream
//! [`Splitter`] cuts bytes that arrive in pieces of any size into packets. A packet that arrives in one piece is not
//! copied.
//! ```
//! use mqttspec_codec::{decode_frame, SliceBuffer, Splitter, Version};
//! let mut buffer = [0; 1024];
//! let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), 1024);
//! for read in [&[0xC0, 0, 0xD0][..], &[0]] {
//!     let mut rest = read;
//!     while let Some(frame) = splitter.next(&mut rest)? {
//!         println!("{:?}", decode_frame(frame, Version::V5)?);
//!     }
//! }
//! # Ok::<(), mqttspec_codec::DecodeError>(())
//! ```
//!
//! The `examples` folder has a codec for tokio-util and an owned packet for queues as well.
//!
//! # Costs
//! - **Checks**: everything is checked once, at decode. Reading properties, subscriptions or Reason Codes later iterates
//!   over their bytes again, without checks that could fail. A text is kept as bytes; [`Utf8String::as_str`] validates
//!   them again, because safe code has no cheaper way to a `str`. `as_bytes`, `len` and `==` validate nothing.
//! - **Inlining**: PUBLISH and short acknowledgements are decoded and encoded inline in the caller, everything else in a
//!   function of its own. Match on the result of [`decode`] in place: moving the packet out of it copies it.
//! - **Copies**: none. A packet is at most 144 bytes large and points into the frame; PUBLISH is 64, an acknowledgement
//!   32, a [`DecodeError`] 16 bytes large (on 64-bit targets).
//! - **Allocations**: none in decode, encode and [`Splitter`] with [`SliceBuffer`].
//! - **Encoding** computes the exact length first and then writes once; a buffer that is too small is not changed. What
//!   was decoded for the same place is not checked again.
//!
//! # What the standards leave open
//! Decoding accepts over-long Variable Byte Integers of at most four bytes, and encoding writes them in their shortest
//! form. It also accepts control characters and noncharacters in text, and in PUBLISH any Payload Format Indicator, and
//! that property and Message Expiry Interval more than once. To reject all or some of this, call [`decode_with`] with a
//! [`Reject`].
//!
//! Bytes after the last field and DUP at QoS 0 are always rejected.
//!
//! # Exhaustiveness
//! What the standards define is exhaustive: the packets and their fields, [`Packet`], [`PacketType`], [`Version`],
//! [`QoS`], [`Delivery`], [`Property`], [`ReasonCode`] and the like. A `match` on them needs no `_`, packets can be written
//! as literals, and a new version of MQTT would be a new major version of this crate. What this crate reports is
//! `#[non_exhaustive]`, because checks may be added or told apart: errors, their kinds, [`Field`] and [`Tolerated`].
//!
//! # Modules
//! | module | content |
//! |---|---|
//! | `connect` to `auth` | one Control Packet each: its fields, how it is decoded and encoded |
//! | `packet` | [`Packet`] and the dispatch over the packet types |
//! | `packet_type`, `property`, `reason_code`, `error_kind` | the four tables |
//! | `text`, `topic`, `topic_filter`, `delivery`, `property_value` | the values |
//! | `seq`, `properties`, `property_check`, `acknowledgement` | what several packets share |
//! | `fixed_header`, `splitter` | framing |
//! | `error`, `field` | errors and the parts of packets that they name |
//! | `reject`, `walk` | what the standards leave open, rejected on request |
//! | `statement`, `property_statement` | which statement of the standards an error breaks |
//! | `place` | where a property or a Reason Code is allowed |
//! | `reader`, `writer`, `scan` | total functions over bytes |
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod acknowledgement;
mod auth;
mod connack;
mod connect;
mod delivery;
mod disconnect;
mod error;
mod error_kind;
mod field;
mod fixed_header;
mod packet;
mod packet_type;
mod pingreq;
mod pingresp;
mod place;
mod properties;
mod property;
mod property_check;
mod property_statement;
mod property_value;
mod puback;
mod pubcomp;
mod publish;
mod pubrec;
mod pubrel;
mod reader;
mod reason_code;
mod reject;
mod scan;
mod seq;
mod splitter;
mod statement;
mod suback;
mod subscribe;
mod text;
mod topic;
mod topic_filter;
mod unsuback;
mod unsubscribe;
mod version;
mod walk;
mod will;
mod writer;

#[cfg(feature = "alloc")]
pub use packet::encode_to_vec;
pub use {
    auth::Auth,
    connack::Connack,
    connect::{Connect, connect_version},
    delivery::{Delivery, PacketIdentifier, QoS},
    disconnect::Disconnect,
    error::{DecodeError, EncodeError, InvalidValue},
    error_kind::DecodeErrorKind,
    field::Field,
    fixed_header::{MAXIMUM_REMAINING_LENGTH, encode_variable_byte_integer, packet_length},
    packet::{Packet, decode, decode_frame, encode, encoded_len},
    packet_type::PacketType,
    pingreq::Pingreq,
    pingresp::Pingresp,
    properties::Properties,
    property::{Property, UserProperty},
    property_value::{DataType, PropertyValue, SubscriptionIdentifier, TopicAlias},
    puback::Puback,
    pubcomp::Pubcomp,
    publish::Publish,
    pubrec::Pubrec,
    pubrel::Pubrel,
    reason_code::ReasonCode,
    reject::{Reject, Tolerated, decode_frame_with, decode_with},
    seq::{Item, Iter, Seq},
    splitter::{FrameBuffer, SliceBuffer, Splitter},
    suback::Suback,
    subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions},
    text::{BinaryData, Utf8String},
    topic::TopicName,
    topic_filter::TopicFilter,
    unsuback::Unsuback,
    unsubscribe::Unsubscribe,
    version::Version,
    will::Will,
};
