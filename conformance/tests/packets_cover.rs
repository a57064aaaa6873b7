//! Checks that the byte vectors cover the codec's tables: packet types, error kinds, Reason Codes, properties.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::{
    packet::Value,
    vector::{Expected, PacketCase, PacketLibrary},
};
use mqttspec_codec::{DecodeErrorKind, PacketType, Property, ReasonCode, Version};

/// Every packet type has a packet that is decoded and encoded in every version that has it, and from 3.1.1 on three
/// malformed packets.
#[test]
fn every_packet_type_has_cases() {
    let mut counts: BTreeMap<(Version, PacketType), [usize; 2]> = BTreeMap::new();
    for case in library().cases() {
        let Some(packet_type) = packet_type(case) else { continue };
        let [both_ways, malformed] = counts.entry((case.version, packet_type)).or_default();
        match case.expected {
            Expected::Packet(..) => *both_ways += 1,
            Expected::Malformed { .. } => *malformed += 1,
            Expected::DecodesTo(..) | Expected::Incomplete(_) => {}
        }
    }
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        for packet_type in PacketType::ALL {
            let [both_ways, malformed] = counts.get(&(version, *packet_type)).copied().unwrap_or_default();
            let exists = version.has_properties() || *packet_type != PacketType::Auth;
            assert_eq!(both_ways > 0, exists, "{version} {packet_type}: {both_ways} packets");
            let wanted = if exists && version != Version::V3_1 { 3 } else { 0 };
            assert!(malformed >= wanted, "{version} {packet_type}: {malformed} malformed");
        }
    }
}

#[test]
fn every_kind_of_error_has_a_case() {
    let library = library();
    let kinds: BTreeSet<DecodeErrorKind> = library.cases().filter_map(|case| kind(case)).collect();
    let missing: Vec<&str> =
        DecodeErrorKind::ALL.iter().filter(|kind| !kinds.contains(kind)).map(|k| k.name()).collect();
    assert!(missing.is_empty(), "no case of {missing:?}");
    assert!(library.cases().any(|case| matches!(case.expected, Expected::Incomplete(_))), "nothing is incomplete");
}

/// Each code that a packet allows, and each return code of 3.1.1, is decoded and encoded; each packet also has a case
/// with a code that it does not allow.
#[test]
fn every_reason_code_has_a_case_in_every_packet() {
    let library = library();
    let mut found = BTreeSet::new();
    for case in library.cases() {
        if let Expected::Packet(packet_type, fields) = &case.expected {
            let codes = fields.get("reason_code").into_iter().chain(match fields.get("reason_codes") {
                Some(Value::List(codes)) => &codes[..],
                _ => &[],
            });
            found.extend(codes.filter_map(Value::as_number).map(|code| (case.version, *packet_type, code)));
        }
    }
    let mut missing = Vec::new();
    for code in ReasonCode::ALL {
        let number = u64::from(code.number());
        for packet_type in PacketType::ALL.iter().filter(|packet_type| code.is_allowed_in(**packet_type)) {
            if !found.contains(&(Version::V5, *packet_type, number)) {
                missing.push(format!("{packet_type} {code}"));
            }
        }
        if code.return_code().is_some() && !found.contains(&(Version::V3_1_1, PacketType::Connack, number)) {
            missing.push(format!("v3.1.1 CONNACK {code}"));
        }
    }
    assert!(missing.is_empty(), "no case of {missing:?}");
    for packet_type in PacketType::ALL.iter().filter(|packet_type| ReasonCode::Success.is_allowed_in(**packet_type)) {
        let is_refused = |case: &PacketCase| kind(case) == Some(DecodeErrorKind::ReasonCode);
        assert!(
            library.cases().any(|case| is_refused(case) && self::packet_type(case) == Some(*packet_type)),
            "{packet_type} refuses no code"
        );
    }
}

#[test]
fn every_property_has_a_case_in_every_packet_that_allows_it() {
    let mut found = BTreeSet::new();
    for case in library().cases() {
        if let Expected::Packet(packet_type, fields) = &case.expected {
            found.extend(fields.keys().map(|name| (Some(*packet_type), *name)));
            if let Some(Value::Map(will)) = fields.get("will") {
                found.extend(will.keys().map(|name| (None, *name)));
            }
        }
    }
    let holds = |place, name: &str| {
        // properties that may be repeated are one field with a plural name
        found.contains(&(place, name))
            || found.iter().any(|(at, field)| *at == place && field.strip_suffix('s') == Some(name))
    };
    let plural = |name: &str| if name == "user_property" { "user_properties".to_owned() } else { name.to_owned() };
    let mut missing = Vec::new();
    for (id, name) in Property::ALL {
        let name = plural(name);
        let types = PacketType::ALL.iter().filter(|packet_type| Property::is_allowed_in(*id, **packet_type));
        let places =
            types.map(|packet_type| Some(*packet_type)).chain(Property::is_allowed_in_will(*id).then_some(None));
        missing.extend(places.filter(|place| !holds(*place, &name)).map(|place| (place, name.clone())));
    }
    assert!(missing.is_empty(), "no case of {missing:?}");
}

fn kind(case: &PacketCase) -> Option<DecodeErrorKind> {
    match case.expected {
        Expected::Malformed { kind, .. } => Some(kind),
        _ => None,
    }
}

/// The type of the packet, or the type in its first byte.
fn packet_type(case: &PacketCase) -> Option<PacketType> {
    match &case.expected {
        Expected::Packet(packet_type, _) | Expected::DecodesTo(packet_type, _) => Some(*packet_type),
        Expected::Malformed { .. } | Expected::Incomplete(_) => {
            case.bytes.first().and_then(|first| PacketType::from_number(first >> 4))
        }
    }
}

fn library() -> PacketLibrary {
    PacketLibrary::embedded().unwrap_or_else(|errors| panic!("{}", errors[0]))
}
