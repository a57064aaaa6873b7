//! Reads the Control Packets of a stream that arrives in pieces, and says what is wrong with a malformed one.
//!
//! `cargo run -p mqttspec-codec --example decode`

use mqttspec_codec::{DecodeError, Packet, SliceBuffer, Splitter, Version, connect_version, decode_frame};

fn main() {
    // a CONNECT of 3.1.1, a PUBLISH to `a/b`, and a PUBLISH whose Topic Name contains a wildcard
    let stream = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01c\x30\x07\0\x03a/bhi\x30\x07\0\x03a/#hi";
    let (packets, end) = read(stream.chunks(5));
    for packet in &packets {
        println!("{packet}");
    }
    assert_eq!(packets, ["CONNECT from c", "PUBLISH to a/b: 2 bytes"]);
    let error = end.expect_err("the last packet is malformed");
    println!("{error}");
    assert_eq!(
        error,
        "malformed PUBLISH at byte 6: a topic name contains a wildcard (v3.1.1 [MQTT-3.3.2-2]), \
         answered with topic_name_invalid (0x90)"
    );
}

/// What a Server would do with each packet, and the error at which it would close the connection.
fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<String>, Result<(), String>) {
    let mut buffer = [0; 1024];
    let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), 1024);
    let (mut packets, mut version) = (Vec::new(), Version::V5);
    let text =
        |error: DecodeError, version| format!("{}, answered with {}", error.in_version(version), error.reason_code());
    for mut chunk in chunks {
        loop {
            let frame = match splitter.next(&mut chunk) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => return (packets, Err(text(error, version))),
            };
            // the first packet of a connection announces its version
            if let Ok(Some(announced)) = connect_version(frame) {
                version = announced;
            }
            match decode_frame(frame, version) {
                Ok(packet) => packets.push(describe(&packet)),
                Err(error) => return (packets, Err(text(error, version))),
            }
        }
    }
    (packets, Ok(()))
}

fn describe(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect(connect) => format!("CONNECT from {}", connect.client_id),
        Packet::Publish(publish) => match publish.topic {
            Some(topic) => format!("PUBLISH to {topic}: {} bytes", publish.payload.len()),
            None => format!("PUBLISH by Topic Alias {:?}", publish.properties.topic_alias()),
        },
        other => other.packet_type().to_string(),
    }
}

#[test]
fn the_example_runs() {
    main();
}

#[test]
fn the_size_of_the_pieces_does_not_matter() {
    let stream = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01c\xC0\0\xE0\0";
    for size in 1..=stream.len() {
        assert_eq!(read(stream.chunks(size)).0, ["CONNECT from c", "PINGREQ", "DISCONNECT"]);
    }
}
