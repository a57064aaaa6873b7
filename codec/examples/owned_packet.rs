//! An owned packet, for queues and for other threads: a [`Packet`] borrows from the bytes it was decoded from.
//!
//! `cargo run -p mqttspec-codec --example owned_packet --features alloc`

use std::{collections::VecDeque, sync::Arc, thread};

use mqttspec_codec::{
    Delivery, EncodeError, Packet, PacketIdentifier, Publish, QoS, TopicName, Version, decode_frame, encode_to_vec,
};

/// The encoded bytes of one packet. Cloning it copies nothing; looking into it decodes, without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedPacket {
    bytes: Arc<[u8]>,
    version: Version,
}

impl OwnedPacket {
    fn new(packet: &Packet<'_>, version: Version) -> Result<Self, EncodeError> {
        let mut bytes = Vec::new();
        encode_to_vec(packet, version, &mut bytes)?;
        Ok(Self { bytes: bytes.into(), version })
    }

    fn packet(&self) -> Packet<'_> {
        decode_frame(&self.bytes, self.version).expect("what was encoded can be decoded")
    }

    /// What goes onto the connection.
    fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn main() {
    let queue = queue();
    let sent = thread::spawn(move || queue.iter().map(|packet| packet.as_bytes().len()).sum::<usize>());
    assert_eq!(sent.join().expect("the thread ends"), 2 * 16);
}

/// Two messages that outlive the buffers they were made from.
fn queue() -> VecDeque<OwnedPacket> {
    let mut queue = VecDeque::new();
    for payload in [String::from("20.5"), String::from("21.5")] {
        let topic = TopicName::new("room/1").expect("legal");
        let delivery = Delivery::first(QoS::AtLeastOnce, PacketIdentifier::MIN);
        let publish = Packet::from(Publish::new(topic, delivery, payload.as_bytes()));
        queue.push_back(OwnedPacket::new(&publish, Version::V3_1_1).expect("can be encoded"));
    }
    for owned in &queue {
        println!("{:?}", owned.packet());
    }
    queue
}

#[test]
fn the_example_runs() {
    main();
}

#[test]
fn a_queued_packet_is_what_was_put_in() {
    let payloads: Vec<_> = queue()
        .iter()
        .map(|owned| match owned.packet() {
            Packet::Publish(publish) => publish.payload.to_vec(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(payloads, [b"20.5", b"21.5"]);
}
