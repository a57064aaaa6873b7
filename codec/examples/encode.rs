//! Builds packets and writes them into a buffer, without allocation.
//!
//! `cargo run -p mqttspec-codec --example encode`

use mqttspec_codec::{
    Connect, Delivery, EncodeError, Field, InvalidValue, Packet, PacketIdentifier, Property, Publish, QoS, TopicName,
    Utf8String, Version, encode, encoded_len,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut buffer = [0; 256];

    let mut connect = Connect::new(Version::V5, Utf8String::new("sensor-1")?);
    let properties = [Property::SessionExpiryInterval(3600)];
    connect.properties = properties[..].into();
    let len = encode(&connect.into(), Version::V5, &mut buffer)?;
    println!("{:02X?}", &buffer[..len]);
    assert_eq!(&buffer[..len], b"\x10\x1A\0\x04MQTT\x05\x02\0\x3C\x05\x11\0\0\x0E\x10\0\x08sensor-1");

    let delivery = Delivery::first(QoS::AtLeastOnce, PacketIdentifier::MIN);
    let publish = Packet::from(Publish::new(TopicName::new("room/1")?, delivery, b"21.5"));
    let len = encode(&publish, Version::V5, &mut buffer)?;
    println!("{:02X?}", &buffer[..len]);
    assert_eq!(&buffer[..len], b"\x32\x0F\0\x06room/1\0\x01\x0021.5");

    // v3.1.1 has no properties: the same packet is one byte shorter
    assert_eq!(encoded_len(&publish, Version::V3_1_1)?, len - 1);

    // what the standard forbids has no value ..
    assert_eq!(TopicName::new("room/#"), Err(InvalidValue::Wildcard));
    // .. and what a version does not have is an error that names the field
    let older = Packet::from(Connect { version: Version::V3_1_1, ..connect });
    let error = encode(&older, Version::V3_1_1, &mut buffer);
    assert_eq!(error, Err(EncodeError::NotInVersion { field: Field::Properties, version: Version::V3_1_1 }));
    Ok(())
}

#[test]
fn the_example_runs() {
    main().expect("no error");
}
