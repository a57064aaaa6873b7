//! `mqttspec decode --stats`

use super::*;

/// The CONNECT of v3.1.1 with its packets, a malformed one, and the beginning of another.
const INPUT: &str =
    "10 0D 00044D515454 04 02 003C 000161  32 08 0001 61 0007 68690A  30 04 0001 61 68  C1 00  C0 00  30 20 00";

#[test]
fn packets_are_counted() {
    insta::assert_snapshot!(prints(&["decode", "--stats", INPUT], b"", 1), @r"
    packet                  count            bytes
    CONNECT                     1               15
    PUBLISH                     2               16
    PINGREQ                     1                2
    malformed                   1                2
    incomplete                  1                3
    total                       6               38

    QoS of PUBLISH          count    payload bytes
    0                           1                1
    1                           1                3
    2                           0                0

    version                 count            bytes
    v3.1.1                      6               38
    ");
    let counted = &objects(&["decode", "--stats", "--json", INPUT], b"", 1)[..];
    let count = |count: u64, bytes: u64| json!({"count": count, "bytes": bytes});
    let wanted = json!({
        "packets": {
            "CONNECT": count(1, 15), "PUBLISH": count(2, 16), "PINGREQ": count(1, 2), "malformed": count(1, 2),
            "incomplete": count(1, 3), "total": count(6, 38),
        },
        "publish_qos": {"0": count(1, 1), "1": count(1, 3), "2": count(0, 0)},
        "versions": {"v3.1.1": count(6, 38)},
    });
    assert_eq!(counted, [wanted]);
}

#[test]
fn lines_are_counted_together() {
    let counted = &objects(&["decode", "--stats", "--json", "--lines"], b"C000\nD000\nC000\n", 0)[0];
    assert_eq!(counted["packets"]["PINGREQ"], json!({"count": 2, "bytes": 4}));
    assert_eq!(counted["packets"]["total"], json!({"count": 3, "bytes": 6}));
    assert_eq!(counted["versions"], json!({"v5": {"count": 3, "bytes": 6}}));
}
