//! Messages that a broker delivers to Clients of other cases. This is one finding of the run, not of the cases hit.

use std::sync::Arc;

use crate::{judge::Observed, vector::Case};

/// A message of one case that reached a client of another one, without a matching subscription.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Leak {
    /// The case that received it.
    pub seen_by: Arc<Case>,
    /// The case that published it; `None` if that was the suite itself, to find out what the broker supports.
    pub owner: Option<Arc<Case>>,
    /// Its Topic Name.
    pub topic: String,
    /// The packet, and the client that received it.
    pub observed: Observed,
}

impl Leak {
    /// The statement that the broker violates, in both versions: a message is delivered where a subscription matches.
    pub const STATEMENT: &str = "MQTT-3.3.2-3";
    /// The name by which a baseline expects it, in place of a case.
    pub const NAME: &str = "leak";
}
