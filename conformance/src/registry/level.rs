//! The enumerations used in the rows of the registry.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All words, in this order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name used in the registry files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

words! {
    /// How strong a statement is.
    Level {
        /// MUST
        Must "must",
        /// MUST NOT
        MustNot "must-not",
        /// SHOULD
        Should "should",
        /// SHOULD NOT
        ShouldNot "should-not",
        /// MAY
        May "may",
        /// Plain indicative text.
        Statement "statement",
        /// The text only calls the opposite a Protocol Error.
        ProtocolError "protocol-error",
        /// The text does not say; it must not be judged.
        Unspecified "unspecified",
    }
}

words! {
    /// Who must follow a statement.
    Binds {
        /// The Server's.
        Server "server",
        /// The Client's.
        Client "client",
        /// Both sides'.
        Both "both",
    }
}

words! {
    /// How one can observe whether a statement is followed.
    Observable {
        /// A client can observe it in a server, or observe how a server reacts to a violation.
        WireServer "wire-server",
        /// A scripted server can observe it in a client.
        WireClient "wire-client",
        /// The bytes alone show it.
        Codec "codec",
    }
}

words! {
    /// Why a Server cannot be tested for a statement.
    Untestable {
        /// It only permits something, so that every outcome is legal.
        Permits "permits",
        /// It is the Client's duty, and no reaction of the Server is demanded.
        Client "client",
        /// Another statement says the same, and is tested.
        Repeats "repeats",
        /// It gives no time or number that could be exceeded.
        NoLimit "no-limit",
        /// It needs what no Client can bring about or find out.
        Setup "setup",
        /// The text is silent.
        Silent "silent",
        /// Nobody can observe it from outside.
        NotObservable "not-observable",
    }
}

impl Untestable {
    /// What such statements do, as the predicate of a sentence about several of them.
    #[must_use]
    pub const fn predicate(self) -> &'static str {
        match self {
            Untestable::Permits => "only permit",
            Untestable::Client => "are the Client's duty",
            Untestable::Repeats => "repeat another",
            Untestable::NoLimit => "give no limit",
            Untestable::Setup => "need what a Client cannot set up",
            Untestable::Silent => "leave it open",
            Untestable::NotObservable => "cannot be observed",
        }
    }
}

words! {
    /// The levels of RFC 2119, with which coverage is counted.
    Strength {
        /// MUST and MUST NOT; also plain indicative text and what the text calls an error.
        Must "MUST",
        /// SHOULD and SHOULD NOT.
        Should "SHOULD",
        /// MAY.
        May "MAY",
    }
}

impl Level {
    /// As the standards write it; a word of ours for what has no keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::MustNot => "MUST NOT",
            Level::Should => "SHOULD",
            Level::ShouldNot => "SHOULD NOT",
            Level::May => "MAY",
            Level::Statement => "plain text",
            Level::ProtocolError => "an error otherwise",
            Level::Unspecified => "not specified",
        }
    }

    /// Under which strength it is counted; `None` if the text is silent.
    #[must_use]
    pub const fn strength(self) -> Option<Strength> {
        Some(match self {
            Level::Must | Level::MustNot | Level::Statement | Level::ProtocolError => Strength::Must,
            Level::Should | Level::ShouldNot => Strength::Should,
            Level::May => Strength::May,
            Level::Unspecified => return None,
        })
    }
}
