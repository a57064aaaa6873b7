//! [`Login`]: a connection between CONNECT and CONNACK, while the Client proves who it is (v5 section 3.1.4).

use std::{fmt, num::NonZeroU32, sync::Arc};

use mqttspec_codec::Connect;

use super::access::{Exchange, PasswordCheck};

/// A CONNECT that has not been answered.
pub(super) struct Login {
    /// The bytes of CONNECT.
    pub(super) connect: Box<[u8]>,
    maximum_packet_size: u32,
    pub(super) stage: Stage,
}

/// What the answer waits for.
pub(super) enum Stage {
    /// The result of a password check, which the shell runs.
    Password {
        user: Arc<str>,
        check: Option<PasswordCheck>,
        /// Input after the CONNECT.
        held: Vec<u8>,
    },
    /// The next AUTH from the Client.
    Exchange(Exchange),
}

impl Login {
    /// `frame` is the CONNECT.
    pub(super) fn new(connect: &Connect<'_>, frame: &[u8], stage: Stage) -> Self {
        Self { connect: frame.into(), maximum_packet_size: maximum_of(connect), stage }
    }

    /// What it costs, in bytes.
    pub(super) fn len(&self) -> usize {
        let held = match &self.stage {
            Stage::Password { held, .. } => held.capacity(),
            // its texts are parts of packets that were as long at most
            Stage::Exchange(_) => self.connect.len(),
        };
        self.connect.len().saturating_add(held)
    }

    /// The Client's Maximum Packet Size.
    pub(super) fn maximum_packet_size(&self) -> u32 {
        self.maximum_packet_size
    }

    /// The buffer for input that arrives while a password is checked.
    pub(super) fn held(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.stage {
            Stage::Password { held, .. } => Some(held),
            Stage::Exchange(_) => None,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Password { .. })
    }

    pub(super) fn take_check(&mut self) -> Option<PasswordCheck> {
        match &mut self.stage {
            Stage::Password { check, .. } => check.take(),
            Stage::Exchange(_) => None,
        }
    }

    pub(super) fn is_being_checked(&self) -> bool {
        matches!(self.stage, Stage::Password { check: None, .. })
    }
}

/// The bytes contain a password.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// The largest packet that the Client accepts, in bytes.
pub(super) fn maximum_of(connect: &Connect<'_>) -> u32 {
    connect.properties.maximum_packet_size().map_or(u32::MAX, NonZeroU32::get)
}
