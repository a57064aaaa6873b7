//! Malformed packets from the Server: for every statement that the decoder finds broken in one, a fault that sends it. The bytes
//! are those of `vectors/packets`.

use std::collections::BTreeSet;

use mqttspec::{
    judge::tested_everywhere,
    registry::{Binds, Registry},
    vector::PacketLibrary,
};
use mqttspec_codec::{PacketType, Version, decode_frame};

use crate::fault::{Fault, outgoing};

pub(super) fn faults() -> Vec<Fault> {
    let library = PacketLibrary::embedded().expect("the packets load");
    let registry = Registry::shared().expect("the registry loads");
    let mut known = BTreeSet::new();
    let mut faults = Vec::new();
    for case in library.cases() {
        let (version, bytes) = (case.version, case.bytes.clone());
        let Err(error) = decode_frame(&bytes, version) else { continue };
        let Some(of) = bytes.first().and_then(|first| PacketType::from_number(first >> 4)) else { continue };
        let Some(id) = error.statement_in(&bytes, version) else { continue };
        let of_a_server = tested_everywhere(version).get(id).is_some_and(|types| types.contains(&of));
        let binds_it = registry.get(version, id).is_some_and(|statement| statement.binds != Binds::Client);
        if of_a_server && binds_it && known.insert((version, id)) {
            faults.push(fault(&case.id, version, of, bytes, id));
        }
    }
    faults
}

fn fault(name: &str, version: Version, of: PacketType, bytes: Vec<u8>, id: &'static str) -> Fault {
    let fault = Fault::new(format!("sends-{name}-in-{version}"), "sends these bytes for each such packet", move || {
        let bytes = bytes.clone();
        outgoing(of, move |seen, wire| match wire.version() == version {
            true => wire.deliver(seen.raw(|sent| sent.clone_from(&bytes))),
            false => wire.deliver(seen),
        })
    });
    let ids: &'static [&'static str] = vec![id].leak();
    match version {
        Version::V5 => fault.breaks(&[], ids),
        Version::V3_1 | Version::V3_1_1 => fault.breaks(ids, &[]),
    }
    .coarse()
}
