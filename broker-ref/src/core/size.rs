//! What the structures of the broker cost in memory, in bytes. The one place for sizes: limits count by these, and
//! `tests/memory` holds them against what the allocator gives out.
//!
//! Entries of a `BTreeMap` lie in nodes with room for eleven, of which six to eleven are taken. A short text costs the
//! smallest block of the allocator.

use super::{message::StoredMessage, record::SubscriptionRecord};

/// A block of `len` bytes, none for 0, as an allocator that is common on 64-bit systems gives it out.
pub(super) const fn block(len: usize) -> usize {
    match len.saturating_add(8).next_multiple_of(16) {
        _ if len == 0 => 0,
        least if least < 32 => 32,
        size => size,
    }
}

/// An `Arc<str>`.
pub(super) const fn shared_text(len: usize) -> usize {
    block(len.saturating_add(16))
}

/// The nodes of a `BTreeMap` with `len` entries of `size` bytes each, key and value together.
pub(super) const fn tree(len: usize, size: usize) -> usize {
    len.div_ceil(7).saturating_mul(size.saturating_mul(11).saturating_add(32))
}

/// One entry of a large `BTreeMap`.
pub(super) const fn entry(size: usize) -> usize {
    size.saturating_mul(11).saturating_add(32).div_ceil(7)
}

/// The body of a message, and its row in the journal. The Client Identifier of the publisher counts, because the
/// message may outlive the Session that it belongs to.
pub(super) fn message(message: &StoredMessage) -> usize {
    const FIXED: usize = block(size_of::<StoredMessage>() + 16) + entry(24);
    let parts = [
        shared_text(message.topic.len()),
        block(message.properties.len()),
        block(message.payload.len()),
        message.publisher.len(),
    ];
    parts.into_iter().fold(FIXED, usize::saturating_add)
}

/// A retained message, with its place in the table and its timer.
pub(super) fn retained(retained: &StoredMessage) -> usize {
    const FIXED: usize = entry(16 + 40) + 2 * entry(32);
    message(retained).saturating_add(FIXED)
}

/// A subscription in its Session, without its nodes in the tree of all subscriptions. Half of one of the two searches for
/// retained messages that it may start counts: most end at once.
pub(super) const fn subscription(filter: usize) -> usize {
    const FIXED: usize = entry(16 + size_of::<SubscriptionRecord>()) + entry(56) / 2;
    shared_text(filter).saturating_add(FIXED)
}

/// A Topic Alias of either direction.
pub(super) const fn alias(topic: usize) -> usize {
    shared_text(topic).saturating_add(entry(24))
}

/// An identifier of a QoS 2 message from a Client, in its Session and its connection.
pub(super) const RECEIVED: usize = 2 * entry(2);

/// A buffer: those of up to [`KEPT`] bytes are part of what each connection costs, and do not count.
pub(super) const fn buffer(capacity: usize) -> usize {
    if capacity > KEPT { capacity } else { 0 }
}

/// Larger buffers of a connection are freed once they are empty, in bytes.
pub(super) const KEPT: usize = 4 * 1024;
