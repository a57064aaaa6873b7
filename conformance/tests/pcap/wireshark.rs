//! What is written, as Wireshark's `tshark` reads it. Without `tshark` these tests say so and pass.

use std::process::Command;

use super::*;

/// The lines that `tshark` prints about a file; `None` if it is not installed.
fn tshark(file: &[u8], arguments: &[&str]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcapng");
    std::fs::write(&path, file).unwrap();
    let mut command = Command::new("tshark");
    // checksums are not checked by default
    command
        .args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-n", "-r"])
        .arg(&path)
        .args(arguments);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
        }
        Err(error) => {
            println!("not checked, because tshark cannot be run: {error}");
            None
        }
    }
}

/// Three connections, IPv4 and IPv6, with a large packet, a reset, and ports that are used again.
fn capture() -> Vec<u8> {
    let mut file = Writer::new(Vec::new()).unwrap();
    let (v4, server) = addresses(MQTT_PORT);
    let v6: (SocketAddr, SocketAddr) = ("[::1]:50001".parse().unwrap(), "[::1]:1883".parse().unwrap());
    let publish = [&[0x30, 0xC4, 0x9A, 0x0C, 0, 1, b't', 0][..], &[b'x'; 200_000]].concat();
    let first = file.connection(at(0), v4, server, Some("case 3.12-pingreq")).unwrap();
    let second = file.connection(at(1), v6.0, v6.1, None).unwrap();
    for connection in [first, second] {
        file.sent(connection, at(2), b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01a").unwrap();
        file.received(connection, at(3), &[0x20, 3, 0, 0, 0]).unwrap();
        file.sent(connection, at(4), &publish).unwrap();
        file.sent(connection, at(5), &[0xC0, 0]).unwrap();
        file.received(connection, at(6), &[0xD0, 0]).unwrap();
    }
    file.closed(first, at(7), Side::Client, End::Fin).unwrap();
    file.closed(first, at(8), Side::Server, End::Fin).unwrap();
    file.closed(second, at(8), Side::Server, End::Reset).unwrap();
    let again = file.connection(at(9), v4, server, None).unwrap();
    file.sent(again, at(10), &[0xE0, 0]).unwrap();
    file.closed(again, at(11), Side::Client, End::Fin).unwrap();
    file.into_inner()
}

#[test]
fn wireshark_dissects_mqtt() {
    let fields = ["-Y", "mqtt", "-T", "fields", "-e", "tcp.stream", "-e", "mqtt.msgtype", "-e", "frame.time_epoch"];
    let Some(found) = tshark(&capture(), &fields) else { return };
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let wanted = [
        "0\t1\t1764000000.002000000",
        "0\t2\t1764000000.003000000",
        "0\t3\t1764000000.004000000",
        "0\t12\t1764000000.005000000",
        "0\t13\t1764000000.006000000",
        "1\t1\t1764000000.002000000",
        "1\t2\t1764000000.003000000",
        "1\t3\t1764000000.004000000",
        "1\t12\t1764000000.005000000",
        "1\t13\t1764000000.006000000",
        "2\t14\t1764000000.010000000",
    ];
    assert_eq!(found, wanted);
}

/// No frame that Wireshark finds fault with: wrong checksums, lost or repeated segments, windows that are full.
#[test]
fn wireshark_finds_no_fault() {
    for filter in [
        "tcp.checksum.status == \"Bad\" || ip.checksum.status == \"Bad\"",
        "_ws.malformed || _ws.short",
        "tcp.analysis.flags && !tcp.analysis.reused_ports",
    ] {
        let Some(found) = tshark(&capture(), &["-Y", filter]) else { return };
        assert!(found.is_empty(), "{filter}: {found:#?}");
    }
    let Some(found) = tshark(&capture(), &["-Y", "frame.comment", "-T", "fields", "-e", "frame.comment"]) else {
        return;
    };
    assert_eq!(found, ["case 3.12-pingreq"]);
    let Some(found) =
        tshark(&capture(), &["-Y", "tcp.checksum.status == \"Good\"", "-T", "fields", "-e", "tcp.stream"])
    else {
        return;
    };
    assert_eq!(found.len(), frames(&capture()).len());
}
