//! [`Field`]: the parts of packets that an [`EncodeError`](crate::EncodeError) names.

use core::fmt;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// A part of a packet that [`EncodeError`](crate::EncodeError) names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field { $($(#[$doc])* $variant,)* }

        impl Field {
            /// All of them, in the order of declaration.
            pub const ALL: &'static [Field] = &[$(Field::$variant),*];

            /// The standard's name for it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }
        }
    };
}

fields! {
    /// The properties of the packet.
    Properties "properties";
    /// The properties of the Will in CONNECT.
    WillProperties "Will properties";
    /// The Reason Code.
    ReasonCode "reason code";
    /// The Reason Codes of SUBACK and UNSUBACK.
    ReasonCodes "reason codes";
    /// Session Present in CONNACK.
    SessionPresent "Session Present";
    /// The password in a CONNECT that has no user name.
    PasswordWithoutUserName "password without user name";
    /// DUP in PUBLISH.
    Dup "DUP";
    /// The QoS of PUBLISH.
    Qos "QoS";
    /// Topic Name or Topic Alias in PUBLISH.
    TopicName "topic name";
    /// The subscriptions of SUBSCRIBE.
    Subscriptions "subscriptions";
    /// The Topic Filters of UNSUBSCRIBE.
    TopicFilters "topic filters";
    /// The Topic Filter of a shared subscription.
    SharedTopicFilter "shared topic filter";
    /// The subscription option No Local.
    NoLocal "No Local";
    /// The subscription option Retain As Published.
    RetainAsPublished "Retain As Published";
    /// The subscription option Retain Handling.
    RetainHandling "Retain Handling";
    /// The property Authentication Method.
    AuthenticationMethod "Authentication Method";
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
