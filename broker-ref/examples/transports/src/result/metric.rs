//! [`Metric`]: the rows of the table.

use serde::Serialize;

/// How the rounds become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summary {
    Median,
    /// For shares, which must not hide a round.
    Mean,
}

macro_rules! metrics {
    ($($variant:ident $text:literal, $digits:literal, $summary:ident;)*) => {
        /// What is measured, in the order of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum Metric { $(#[doc = $text] $variant,)* }

        impl Metric {
            pub(crate) const ALL: &[Metric] = &[$(Metric::$variant,)*];

            /// The head of the row, with the unit.
            pub(crate) fn text(self) -> &'static str {
                match self { $(Metric::$variant => $text,)* }
            }

            /// Digits after the point.
            pub(crate) fn digits(self) -> usize {
                match self { $(Metric::$variant => $digits,)* }
            }

            pub(crate) fn summary(self) -> Summary {
                match self { $(Metric::$variant => Summary::$summary,)* }
            }
        }
    };
}

metrics! {
    Median "latency, median (ms)", 0, Median;
    Percentile99 "latency, 99th percentile (ms)", 0, Median;
    Bytes "bytes a delivered message", 0, Median;
    Connections "TCP connections a user", 1, Median;
    Requests "HTTP requests a user and minute", 0, Median;
    IdleBytes "kB a user and idle hour", 1, Median;
    IdleRequests "HTTP requests a user and idle hour", 0, Median;
    Processor "server, ms a second for 1000 users", 1, Median;
    Lost "lost when all connections break (%)", 1, Mean;
    Doubled "doubled then (%)", 1, Mean;
    Buffered "arrived through a buffering proxy (%)", 0, Mean;
    CutConnections "TCP connections a user and hour, if silence of 20 s is cut", 0, Median;
    CutLost "lost then (%)", 1, Mean;
}
