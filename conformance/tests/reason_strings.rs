//! The Reason Strings of the reference broker say what `mqttspec decode` says, statement included, for the bytes of all
//! vectors.

use mqttspec::{
    packet::{Found, PacketStream},
    vector::PacketLibrary,
};
use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Peer, Stored, Timestamp};
use mqttspec_codec::{Connect, Packet, Splitter, Utf8String, Version, decode_frame, encode_to_vec, packet_length};

#[test]
fn reason_strings_cite_what_decode_cites() {
    let library = PacketLibrary::embedded().expect("the vectors are valid");
    let mut compared = 0;
    for case in library.cases().filter(|case| case.version == Version::V5) {
        let Some(said) = said_by_decode(&case.bytes) else { continue };
        let Some(answer) = said_by_broker(&case.bytes) else { continue };
        assert_eq!(answer, said, "{}: {:02X?}", case.id, case.bytes);
        compared += 1;
    }
    assert!(compared > 500, "expected more than 500 Reason Strings, found {compared}");
}

/// The receiver decides whether a packet is too large, so `decode` has no opinion.
#[test]
fn packet_that_is_too_large_breaks_the_statement_that_binds_clients() {
    let said = said_by_broker(&[0x30, 0x80, 0x80, 0x40]).expect("a Reason String");
    assert_eq!(
        said,
        "malformed PUBLISH at byte 1: the packet is larger than the maximum packet size (v5 [MQTT-3.2.2-15])"
    );
}

/// The first line for a whole packet that is malformed; `None` for anything else.
fn said_by_decode(bytes: &[u8]) -> Option<String> {
    let part = PacketStream::new(bytes, Version::V5).refusing(Config::default().reject).next()?;
    let is_whole = !matches!(packet_length(bytes, u32::MAX), Ok(Some(length)) if length > bytes.len());
    let is_v5 = part.version == Version::V5;
    matches!(part.found, Found::Malformed(_)).then(|| part.lines().swap_remove(0)).filter(|_| is_whole && is_v5)
}

/// The Reason String in the answer, to a Client that is connected unless it sends a CONNECT; `None` if the connection is
/// closed without one.
fn said_by_broker(bytes: &[u8]) -> Option<String> {
    let mut broker = Broker::new(Config::default(), Stored::default(), 1);
    let (now, client) = (Timestamp::from_millis(1_000), ConnectionId::new(1));
    let mut output = Vec::new();
    let mut receive = |event: Event<'_>| {
        broker.handle_event(now, client, event);
        while broker.poll_delta().is_some() {}
        output.clear();
        while broker.poll_ready().is_some() {
            let _ = broker.transmit(client, &mut output);
        }
        reason_string(&output)
    };
    receive(Event::Opened(Peer::default()));
    if bytes.first().is_some_and(|first| first >> 4 != 1) {
        let mut connect = Vec::new();
        let packet = Connect::new(Version::V5, Utf8String::new("c").expect("a text"));
        encode_to_vec(&Packet::from(packet), Version::V5, &mut connect).expect("a legal CONNECT");
        assert_eq!(receive(Event::Received(&connect)), None, "the CONNECT is accepted");
    }
    receive(Event::Received(bytes))
}

fn reason_string(output: &[u8]) -> Option<String> {
    let (mut splitter, mut rest) = (Splitter::new(Vec::new(), u32::MAX), output);
    let mut last = None;
    while let Some(frame) = splitter.next(&mut rest).expect("framed") {
        // an unknown version is refused in the form of 3.1.1
        let properties = match decode_frame(frame, Version::V5).ok()? {
            Packet::Disconnect(disconnect) => disconnect.properties,
            Packet::Connack(connack) => connack.properties,
            other => panic!("expected DISCONNECT or CONNACK, found {other:?}"),
        };
        last = properties.reason_string().map(|text| text.as_str().to_owned());
    }
    last
}
