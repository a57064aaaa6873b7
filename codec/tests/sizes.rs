//! Sizes of the public types in bytes: what a decoded packet takes on the stack, as documented on the crate page.
#![cfg(target_pointer_width = "64")]

use std::mem::size_of;

use mqttspec_codec::*;

#[test]
fn sizes_of_the_public_types() {
    let sizes = [
        ("Packet", size_of::<Packet<'_>>(), 144),
        ("Connect", size_of::<Connect<'_>>(), 144),
        ("Will", size_of::<Will<'_>>(), 64),
        ("Publish", size_of::<Publish<'_>>(), 64),
        ("Puback", size_of::<Puback<'_>>(), 32),
        ("Subscribe", size_of::<Subscribe<'_>>(), 56),
        ("Suback", size_of::<Suback<'_>>(), 56),
        ("Connack", size_of::<Connack<'_>>(), 32),
        ("Disconnect", size_of::<Disconnect<'_>>(), 32),
        ("Properties", size_of::<Properties<'_>>(), 24),
        ("Property", size_of::<Property<'_>>(), 40),
        ("Subscription", size_of::<Subscription<'_>>(), 24),
        ("TopicName", size_of::<TopicName<'_>>(), 16),
        ("Delivery", size_of::<Delivery>(), 4),
        ("DecodeError", size_of::<DecodeError>(), 16),
        ("EncodeError", size_of::<EncodeError>(), 16),
        ("decode", size_of::<Result<Option<(Packet<'_>, usize)>, DecodeError>>(), 152),
    ];
    for (name, size, documented) in sizes {
        assert_eq!(size, documented, "{name}");
    }
}
