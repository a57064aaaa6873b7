//! [`Filters`]: a SUBSCRIBE or UNSUBSCRIBE, as far as it has been handled. A packet can have so many filters that one step
//! cannot handle them all.

use std::{collections::VecDeque, sync::Arc};

use mqttspec_codec::{PacketIdentifier, ReasonCode, SubscriptionIdentifier, SubscriptionOptions, Version};

use super::ids::SessionId;

#[derive(Debug)]
pub(super) struct Filters {
    pub(super) session: SessionId,
    pub(super) version: Version,
    pub(super) packet_id: PacketIdentifier,
    pub(super) reason_codes: Vec<ReasonCode>,
    pub(super) stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    Subscribe {
        rest: VecDeque<(Arc<str>, SubscriptionOptions)>,
        /// The filters behind those: nobody may have so many.
        refused: usize,
        identifier: Option<SubscriptionIdentifier>,
        reason: Option<&'static str>,
        retained: VecDeque<WantsRetained>,
    },
    Unsubscribe(VecDeque<Arc<str>>),
    /// SUBACK is sent, retained messages may follow.
    Retained(VecDeque<WantsRetained>),
}

/// A subscription that gets retained messages, and how many had been retained before it.
pub(super) type WantsRetained = (Arc<str>, u64);

/// Filters of one packet that are handled.
pub(super) const MANY: usize = 16_384;
