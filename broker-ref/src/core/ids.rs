//! The keys of what is stored.

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The key with this number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number of the key.
            #[must_use]
            pub const fn number(self) -> u64 {
                self.0
            }

            /// The key after this one.
            pub(super) const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }
    )*};
}

keys! {
    /// Key of a Session. Not the Client Identifier: a new Session of the same Client has a new key.
    SessionId;
    /// Key of a message, which several queues and a retained topic may share.
    MessageId;
    /// Place in a Session's queue; messages are sent in its order.
    Place;
}
