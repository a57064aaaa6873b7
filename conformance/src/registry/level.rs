//! The words that rows of the registry use.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// As the registry writes it.
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
        /// Only called a Protocol Error.
        ProtocolError "protocol-error",
        /// The text is silent: not to be graded.
        Unspecified "unspecified",
    }
}

words! {
    /// Whose duty a statement is.
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
    /// By what the keeping of a statement can be seen.
    Observable {
        /// A client sees it of a server, or sees the server's reaction to a breach.
        WireServer "wire-server",
        /// A scripted server sees it of a client.
        WireClient "wire-client",
        /// From the bytes alone.
        Codec "codec",
    }
}
