//! The packets that are measured, shared by times (`times.rs`), instruction counts (`instructions.rs`) and the comparison
//! with other codecs (`../peers`).

use mqttspec_codec::*;

/// A stream of packets: one packet [`REPEATED`] times, or a mixture.
pub(crate) struct Workload {
    pub(crate) version: Version,
    pub(crate) bytes: Vec<u8>,
    pub(crate) packets: u64,
}

pub(crate) const NAMES: [&str; 8] = ["pub3", "pub5", "con5", "sub5", "ack3", "ack5", "mixed3", "mixed5"];

/// # Panics
/// For a name that is not in [`NAMES`].
#[must_use]
pub(crate) fn workload(name: &'static str) -> Workload {
    let version = if name.ends_with('3') { Version::V3_1_1 } else { Version::V5 };
    let packet = match name {
        "pub3" => publish(version, 64, &[]),
        "pub5" => publish(version, 256, &PROPERTIES.map(property)),
        "con5" => connect(),
        "sub5" => subscribe(),
        "ack3" | "ack5" => encoded(&Puback::success(packet_id()).into(), version),
        "mixed3" | "mixed5" => return Workload { version, bytes: mixed(version), packets: MIXED },
        _ => panic!("no workload {name}"),
    };
    Workload { version, bytes: packet.repeat(REPEATED), packets: REPEATED as u64 }
}

const REPEATED: usize = 100;
const MIXED: u64 = 10_000;

/// Chat: 60 % PUBLISH, 20 % PUBACK, 10 % PINGREQ, 10 % PUBREC; in v5 a third of the PUBLISH packets have properties.
fn mixed(version: Version) -> Vec<u8> {
    let properties = PROPERTIES.map(property);
    let mut bytes = Vec::new();
    for number in 0..MIXED {
        let packet = match number % 10 {
            0..=5 => {
                let with = version == Version::V5 && number % 3 == 0;
                let payload = 20 + (number as usize * 37) % if with { 150 } else { 260 };
                publish(version, payload, if with { &properties } else { &[] })
            }
            6 | 7 => encoded(&Puback::success(packet_id()).into(), version),
            8 => encoded(&Pingreq.into(), version),
            _ => encoded(&Pubrec::success(packet_id()).into(), version),
        };
        bytes.extend(packet);
    }
    bytes
}

fn publish(version: Version, payload: usize, properties: &[Property<'_>]) -> Vec<u8> {
    let topic = TopicName::new("sensors/room-12/temp/abc").expect("legal");
    let payload = vec![b'x'; payload];
    let mut publish = Publish::new(topic, Delivery::first(QoS::AtLeastOnce, packet_id()), &payload);
    publish.properties = properties.into();
    encoded(&publish.into(), version)
}

const PROPERTIES: [(u8, &str, &str); 5] = [
    (0x01, "", ""),
    (0x02, "", ""),
    (0x03, "application/json", ""),
    (0x26, "key-one", "value-one"),
    (0x26, "key-two", "value-two"),
];

fn property((id, first, second): (u8, &'static str, &'static str)) -> Property<'static> {
    match id {
        0x01 => Property::PayloadFormatIndicator(1),
        0x02 => Property::MessageExpiryInterval(60),
        0x03 => Property::ContentType(text(first)),
        _ => Property::UserProperty(UserProperty { name: text(first), value: text(second) }),
    }
}

/// With a Will, six properties, user name and password: 149 bytes.
fn connect() -> Vec<u8> {
    let properties = [
        Property::SessionExpiryInterval(60),
        Property::ReceiveMaximum(20.try_into().expect("not zero")),
        Property::MaximumPacketSize(65_536.try_into().expect("not zero")),
        Property::TopicAliasMaximum(10),
        Property::UserProperty(UserProperty { name: text("client"), value: text("bench") }),
        Property::RequestProblemInformation(true),
    ];
    let mut connect = Connect::new(Version::V5, text("client-identifier-0001"));
    connect.properties = properties[..].into();
    connect.will = Some(Will {
        topic: TopicName::new("status/client-1").expect("legal"),
        payload: BinaryData::new(b"offline, and gone").expect("short"),
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: [Property::WillDelayInterval(5)][..].into(),
    });
    connect.user_name = Some(text("user-name"));
    connect.password = Some(BinaryData::new(b"password").expect("short"));
    encoded(&connect.into(), Version::V5)
}

/// Eight filters and a Subscription Identifier.
fn subscribe() -> Vec<u8> {
    let filters: Vec<_> = (0..8).map(|room| format!("sensors/room-{room}/+/temp/#")).collect();
    let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..SubscriptionOptions::default() };
    let subscription = |filter| Subscription { filter: TopicFilter::new(filter).expect("legal"), options };
    let subscriptions: Vec<_> = filters.iter().map(|filter| subscription(filter)).collect();
    let properties = [Property::SubscriptionIdentifier(SubscriptionIdentifier::new(7).expect("in range"))];
    let subscriptions = subscriptions[..].into();
    let subscribe = Subscribe { packet_id: packet_id(), properties: properties[..].into(), subscriptions };
    encoded(&subscribe.into(), Version::V5)
}

fn text(text: &str) -> Utf8String<'_> {
    Utf8String::new(text).expect("legal")
}

fn packet_id() -> PacketIdentifier {
    PacketIdentifier::new(10).expect("not zero")
}

fn encoded(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut bytes = vec![0; encoded_len(packet, version).expect("can be encoded")];
    encode(packet, version, &mut bytes).expect("fits");
    bytes
}

/// What is measured. Each result depends on every packet, so that the optimiser keeps the work.
impl Workload {
    /// Decodes all packets.
    #[inline(never)]
    #[must_use]
    pub(crate) fn decode(&self) -> u64 {
        let (mut rest, mut sum) = (&self.bytes[..], 0);
        while !rest.is_empty() {
            // matched in place: moving the packet out of the result would copy it
            let Ok(Some((packet, len))) = &decode(rest, self.version) else { panic!("legal and whole") };
            sum += look(packet);
            rest = &rest[*len..];
        }
        sum
    }

    /// Decodes all packets from pieces of that many bytes.
    #[inline(never)]
    #[must_use]
    pub(crate) fn split(&self, piece: usize, buffer: &mut [u8]) -> u64 {
        let mut sum = 0;
        let mut splitter = Splitter::new(SliceBuffer::new(buffer), 65_536);
        for mut rest in self.bytes.chunks(piece) {
            while let Some(frame) = splitter.next(&mut rest).expect("legal") {
                let Ok(packet) = &decode_frame(frame, self.version) else { panic!("legal") };
                sum += look(packet);
            }
        }
        sum
    }

    /// The packets, to be encoded.
    #[must_use]
    pub(crate) fn decoded(&self) -> Vec<Packet<'_>> {
        let (mut rest, mut packets) = (&self.bytes[..], Vec::new());
        while let Some((packet, len)) = decode(rest, self.version).expect("legal") {
            packets.push(packet);
            rest = &rest[len..];
        }
        packets
    }
}

/// Encodes all packets.
#[inline(never)]
#[must_use]
pub(crate) fn encode_all(packets: &[Packet<'_>], version: Version, buffer: &mut [u8]) -> usize {
    packets.iter().map(|packet| encode(packet, version, std::hint::black_box(&mut *buffer)).expect("fits")).sum()
}

/// Like an application: uses frequent packets at once, and passes on rare ones.
#[inline]
fn look(packet: &Packet<'_>) -> u64 {
    match packet {
        Packet::Publish(publish) => publish.payload.len() as u64,
        Packet::Puback(puback) => puback.packet_id.number().into(),
        Packet::Pubrec(pubrec) => pubrec.packet_id.number().into(),
        Packet::Pingreq(_) => 1,
        other => {
            std::hint::black_box(other);
            2
        }
    }
}
