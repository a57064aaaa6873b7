//! `mqttspec decode --pcap`

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use mqttspec::pcap::{End, MQTT_PORT, Side, Writer};

use super::*;

/// A connection of v3.1.1 with a malformed packet, and one of TLS.
fn capture() -> Vec<u8> {
    let at = |milliseconds: u64| Duration::from_millis(1_764_000_000_000 + milliseconds);
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let mut file = Writer::new(Vec::new()).unwrap();
    let mqtt = file.connection(at(0), address(50_000), address(MQTT_PORT), None).unwrap();
    let tls = file.connection(at(1), address(50_001), address(8883), None).unwrap();
    file.sent(mqtt, at(2), b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a").unwrap();
    file.sent(tls, at(3), b"\x16\x03\x01\0\x01\x01").unwrap();
    file.received(mqtt, at(4), &[0x20, 2, 0, 0, 0xB0, 2, 0]).unwrap();
    file.received(mqtt, at(5), &[7, 0xD1, 0]).unwrap();
    file.closed(mqtt, at(6), Side::Client, End::Reset).unwrap();
    file.into_inner()
}

fn saved(file: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    fs::write(&path, file).unwrap();
    (folder, path)
}

#[test]
fn connections_are_decoded() {
    let (_folder, path) = saved(&capture());
    let path = path.to_str().unwrap();
    let text = prints(&["decode", "--pcap", path], b"", 1);
    insta::assert_snapshot!(text, @r"
    connection 1: 127.0.0.1:50000 -> 127.0.0.1:1883, MQTT
        0.002000 s  -> CONNECT: {client_id: a, clean_start: true, keep_alive: 60}
        0.004000 s  <- CONNACK: {session_present: false, reason_code: success}
        0.005000 s  <- UNSUBACK: {packet_id: 7}
        0.005000 s  <- malformed PINGRESP at byte 0: the fixed header flags are not those required for this packet type (v3.1.1 [MQTT-2.2.2-2])
                      reason code malformed_packet (0x81) in v5
                      D1 00
                      ^^ byte 0
        0.006000 s  -> (resets the connection)
    connection 2: 127.0.0.1:50001 -> 127.0.0.1:8883, not decoded: TLS, which is not decrypted; capture on a listener without TLS
    ");
    assert_eq!(prints(&["decode", "--file", path], b"", 1), text, "recognised");
    assert_eq!(prints(&["decode", "--pcap", "-"], &capture(), 1), text);
    assert_eq!(prints(&["decode"], &capture(), 1), text);
}

#[test]
fn json_names_the_connection_and_the_sender() {
    let objects = objects(&["decode", "--json"], &capture(), 1);
    let told: Vec<_> = objects.iter().map(|object| (&object["connection"], &object["from"], &object["ok"])).collect();
    let (one, client, server) = (json!(1), json!("client"), json!("server"));
    assert_eq!(told[0], (&one, &Value::Null, &json!(true)));
    assert_eq!(told[1], (&one, &client, &json!(true)));
    assert_eq!(told[3], (&one, &server, &json!(true)));
    assert_eq!(told[4], (&one, &server, &json!(false)));
    assert_eq!(objects[0]["client"], json!("127.0.0.1:50000"));
    assert_eq!((&objects[1]["packet"], &objects[1]["at"]), (&json!("CONNECT"), &json!(1_764_000_000.002)));
    assert_eq!((&objects[3]["version"], &objects[3]["at"]), (&json!("v3.1.1"), &json!(1_764_000_000.005)));
    assert_eq!(objects[4]["kind"], "fixed_header_flags");
    assert_eq!(objects[5]["kind"], "reset");
    assert_eq!((&objects[6]["kind"], &objects[6]["protocol"]), (&json!("connection"), &json!("other")));
    assert_eq!(objects.len(), 7);
}

#[test]
fn captures_are_counted() {
    let counted = &objects(&["decode", "--stats", "--json"], &capture(), 1)[0];
    assert_eq!(counted["connections"], json!({"mqtt": 1, "other": 1}));
    assert_eq!(counted["packets"]["total"], json!({"count": 4, "bytes": 25}));
    assert_eq!((&counted["missing_bytes"], &counted["notes"]), (&json!(0), &json!([])));
    assert_eq!(counted["undecoded_bytes"], json!(0));
    assert!(prints(&["decode", "--stats"], &capture(), 1).contains("\nother                       1\n"));
}

/// What is there is decoded; the rest is an error with its place.
#[test]
fn broken_captures_are_decoded_up_to_their_break() {
    let file = capture();
    let text = prints(&["decode"], &file[..file.len() - 1], 2);
    assert!(text.contains("-> CONNECT: {client_id: a,"), "{text}");
    let place = file.len() - 28 - 4 - 54 - 2;
    let wanted = format!(
        "mqttspec: standard input: byte {place}: the file ends inside this block; at least 1 more bytes are needed; what \
         comes before it was decoded\n"
    );
    assert!(text.ends_with(&wanted), "{text}\n{wanted}");
    assert_eq!(
        prints(&["decode", "--pcap", "-"], b"C000", 2),
        "mqttspec: standard input: byte 0: it is neither a pcap nor a pcapng file\n"
    );
}
