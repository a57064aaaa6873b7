//! The statements of v5 about one property in one packet: that it appears only once, and which values it may have.

use crate::PacketType as P;

/// A property that appears twice. In CONNECT the identifier also tells its own properties from those of the Will.
pub(crate) fn repeated(place: P, id: u8) -> Option<&'static str> {
    Some(match (place, id) {
        (P::Connect, 0x11) => "5.0§3.1.2.11.2-a",
        (P::Connect, 0x21) => "5.0§3.1.2.11.3-a",
        (P::Connect, 0x27) => "5.0§3.1.2.11.4-a",
        (P::Connect, 0x22) => "5.0§3.1.2.11.5-a",
        (P::Connect, 0x19) => "5.0§3.1.2.11.6-a",
        (P::Connect, 0x17) => "5.0§3.1.2.11.7-a",
        (P::Connect, 0x15) => "5.0§3.1.2.11.9-a",
        (P::Connect, 0x16) => "5.0§3.1.2.11.10-b",
        (P::Connect, 0x18) => "5.0§3.1.3.2.2-a",
        (P::Connect, 0x01) => "5.0§3.1.3.2.3-a",
        (P::Connect, 0x02) => "5.0§3.1.3.2.4-a",
        (P::Connect, 0x03) => "5.0§3.1.3.2.5-a",
        (P::Connect, 0x08) => "5.0§3.1.3.2.6-a",
        (P::Connect, 0x09) => "5.0§3.1.3.2.7-a",
        (P::Connack, 0x11) => "5.0§3.2.2.3.2-a",
        (P::Connack, 0x12) => "5.0§3.2.2.3.7-a",
        (P::Connack, 0x22) => "5.0§3.2.2.3.8-a",
        (P::Connack, 0x1F) => "5.0§3.2.2.3.9-a",
        (P::Connack, 0x13) => "5.0§3.2.2.3.14-a",
        (P::Connack, 0x1A) => "5.0§3.2.2.3.15-a",
        (P::Connack, 0x1C) => "5.0§3.2.2.3.16-a",
        (P::Connack, 0x15) => "5.0§3.2.2.3.17-a",
        (P::Connack, 0x16) => "5.0§3.2.2.3.18-a",
        (P::Connack, _) => return out_of_range(place, id),
        (P::Publish, 0x23) => "5.0§3.3.2.3.4-a",
        (P::Publish, 0x08) => "5.0§3.3.2.3.5-a",
        (P::Publish, 0x09) => "5.0§3.3.2.3.6-a",
        (P::Publish, 0x03) => "5.0§3.3.2.3.9-a",
        (P::Puback, 0x1F) => "5.0§3.4.2.2.2-a",
        (P::Pubrec, 0x1F) => "5.0§3.5.2.2.2-a",
        (P::Pubrel, 0x1F) => "5.0§3.6.2.2.2-a",
        (P::Pubcomp, 0x1F) => "5.0§3.7.2.2.2-a",
        (P::Subscribe, 0x0B) => "5.0§3.8.2.1.2-b",
        (P::Suback, 0x1F) => "5.0§3.9.2.1.2-a",
        (P::Unsuback, 0x1F) => "5.0§3.11.2.1.2-a",
        (P::Disconnect, 0x11) => "5.0§3.14.2.2.2-a",
        (P::Disconnect, 0x1F) => "5.0§3.14.2.2.3-a",
        (P::Disconnect, 0x1C) => "5.0§3.14.2.2.5-a",
        (P::Auth, 0x15) => "5.0§3.15.2.2.2-b",
        (P::Auth, 0x16) => "5.0§3.15.2.2.3-a",
        (P::Auth, 0x1F) => "5.0§3.15.2.2.4-a",
        _ => return None,
    })
}

/// A property whose value is out of range. In CONNACK the same statement also forbids it to appear twice.
pub(crate) fn out_of_range(place: P, id: u8) -> Option<&'static str> {
    Some(match (place, id) {
        (P::Connect, 0x21) => "5.0§3.1.2.11.3-b",
        (P::Connect, 0x27) => "5.0§3.1.2.11.4-b",
        (P::Connect, 0x19) => "5.0§3.1.2.11.6-b",
        (P::Connect, 0x17) => "5.0§3.1.2.11.7-b",
        (P::Connack, 0x21) => "5.0§3.2.2.3.3-a",
        (P::Connack, 0x24) => "5.0§3.2.2.3.4-a",
        (P::Connack, 0x25) => "5.0§3.2.2.3.5-a",
        (P::Connack, 0x27) => "5.0§3.2.2.3.6-a",
        (P::Connack, 0x28) => "5.0§3.2.2.3.11-a",
        (P::Connack, 0x29) => "5.0§3.2.2.3.12-a",
        (P::Connack, 0x2A) => "5.0§3.2.2.3.13-a",
        (P::Publish, 0x0B) => "5.0§3.3.2.3.8-a",
        (P::Subscribe, 0x0B) => "5.0§3.8.2.1.2-a",
        _ => return None,
    })
}
