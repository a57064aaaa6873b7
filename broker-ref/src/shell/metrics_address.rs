//! [`MetricsAddress`]: where metrics and health are served.

use std::{fmt, net::SocketAddr, str::FromStr};

/// Where metrics and health are served: `http://address:port`, with an IP address. Everybody who reaches it can read
/// them, so it belongs on loopback or on a network of its own.
///
/// ```
/// use mqttspec_broker::shell::MetricsAddress;
/// let address: MetricsAddress = "http://127.0.0.1:9090".parse()?;
/// assert_eq!(address.to_string(), "http://127.0.0.1:9090");
/// # Ok::<(), mqttspec_broker::shell::ParseMetricsAddressError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsAddress(pub(super) SocketAddr);

impl FromStr for MetricsAddress {
    type Err = ParseMetricsAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.strip_prefix("http://").map(|rest| rest.trim_end_matches('/').parse());
        address.and_then(Result::ok).map(Self).ok_or_else(|| ParseMetricsAddressError(text.to_owned()))
    }
}

impl fmt::Display for MetricsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

/// A text is not an address for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseMetricsAddressError(String);

impl fmt::Display for ParseMetricsAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot serve metrics on {:?}: expected an IP address and a port, such as http://127.0.0.1:9090",
            self.0
        )
    }
}

impl std::error::Error for ParseMetricsAddressError {}
