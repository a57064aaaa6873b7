//! The table of Control Packet types (v5 section 2.1.2, v3.1.1 section 2.2.1).

use core::fmt;

macro_rules! packet_types {
    ($($value:literal $variant:ident $name:literal flags $flags:literal;)*) => {
        /// The type of a Control Packet: the high four bits of its first byte (v5 section 2.1.2, v3.1.1 section 2.2.1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PacketType {
            $(#[doc = concat!($name, ", type ", stringify!($value))] $variant = $value,)*
        }

        impl PacketType {
            /// All types, by number.
            pub const ALL: &'static [PacketType] = &[$(PacketType::$variant),*];

            /// The type with this number; `None` for 0, which is reserved, and for 16 and more.
            #[must_use]
            #[inline]
            pub const fn from_number(number: u8) -> Option<PacketType> {
                match number { $($value => Some(PacketType::$variant),)* _ => None }
            }

            /// The standard's name, in capital letters.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(PacketType::$variant => $name,)* }
            }

            /// The fixed header flags that the standard requires (v5 section 2.1.3); 0 for PUBLISH, whose flags have a meaning.
            #[must_use]
            #[inline]
            pub const fn reserved_flags(self) -> u8 {
                match self { $(PacketType::$variant => $flags,)* }
            }
        }
    };
}

packet_types! {
    1 Connect "CONNECT" flags 0b0000;
    2 Connack "CONNACK" flags 0b0000;
    3 Publish "PUBLISH" flags 0b0000;
    4 Puback "PUBACK" flags 0b0000;
    5 Pubrec "PUBREC" flags 0b0000;
    6 Pubrel "PUBREL" flags 0b0010;
    7 Pubcomp "PUBCOMP" flags 0b0000;
    8 Subscribe "SUBSCRIBE" flags 0b0010;
    9 Suback "SUBACK" flags 0b0000;
    10 Unsubscribe "UNSUBSCRIBE" flags 0b0010;
    11 Unsuback "UNSUBACK" flags 0b0000;
    12 Pingreq "PINGREQ" flags 0b0000;
    13 Pingresp "PINGRESP" flags 0b0000;
    14 Disconnect "DISCONNECT" flags 0b0000;
    15 Auth "AUTH" flags 0b0000;
}

impl PacketType {
    /// The type with this name, in capital letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<PacketType> {
        PacketType::ALL.iter().copied().find(|t| t.name() == name)
    }

    /// The number of the type, 1 to 15.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The first byte of a packet of this type with the required flags.
    #[must_use]
    pub(crate) const fn first_byte(self) -> u8 {
        self.number() << 4 | self.reserved_flags()
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::PacketType;

    #[test]
    fn numbers_and_names_are_each_others_inverse() {
        for packet_type in PacketType::ALL {
            assert_eq!(PacketType::from_number(packet_type.number()), Some(*packet_type));
            assert_eq!(PacketType::from_name(packet_type.name()), Some(*packet_type));
        }
        assert_eq!(PacketType::from_number(0), None);
        assert_eq!(PacketType::from_number(16), None);
    }
}
