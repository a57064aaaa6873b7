//! The enumerations used in the rows of the registry.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All workloads.
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
