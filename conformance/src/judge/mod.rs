//! The judge runs a script and judges what the broker does, without a clock or sockets.
//!
//! [`Judge::next`] returns the next command, [`Judge::observe`] takes an observation, and [`Judge::finish`] returns the
//! verdict, the transcript and what must be removed from the broker. Time is an argument. The same observations at the
//! same times give the same commands and the same verdict, both in memory under a virtual clock and over real sockets.
//!
//! # How a case is judged
//! 1. **Steps** (`steps`). Each step runs until it has to wait for something, a `task`. Packets to be sent are
//!    completed (`send`), compared with the Server's limits (`limits`), recorded (`sent`), and then split and
//!    passed to the player (`transmit`).
//! 2. **Arrival** (`arrival`). Received bytes are split into packets and decoded. Each packet must pass the checks of
//!    `always_on`, `deliveries` and `answers`. Packets of the suite's own housekeeping are ignored, and with
//!    `no_prefix` also deliveries on topics that no step mentions. Messages of other cases are put aside as strays,
//!    for the run to report. The rest is unread until a step expects it.
//! 3. **Expectations** (`expect`). An evaluation changes nothing; it returns met, not yet, or failed. If met, a plan
//!    lists what changes (`commit`): the packet is taken, `names` are bound, permissions are used up. So an attempt
//!    that fails has no effect. Fields are compared in `matching`, bytes in `raw`.
//! 4. **Blocks**. `all_of` takes packets in any order; `any_of` takes the first alternative that matches; `flow` is
//!    the exchange of `=>`; `closed` is the end of a connection; `nothing` is a fence.
//! 5. **The end** (`ending`). A fence on all open connections at the same time, a ping of an uninvolved client, then
//!    the verdict. The connections are closed, and `leftovers` lists what must be removed.
//!
//! A failure says which statement is violated: `accusation`.
//!
//! The state is in `state` (of the case), `connection` (of a client) and `session` (of a Client Identifier);
//! `traffic` is what the case has sent and received so far.
//!
//! ```
//! use std::{collections::BTreeMap, sync::Arc, time::Duration};
//! use mqttspec::{
//!     judge::{Command, FenceBy, Judge, Levels, Observation, Setup, Verdict},
//!     source::Place,
//!     vector::script::{Action, Client, Framing, Outgoing, Script, Step},
//! };
//! use mqttspec_codec::{PacketType, Version};
//!
//! // `a => CONNECT`, as the loader compiles it
//! let a: Arc<str> = Arc::from("a");
//! let place = Place { file: Arc::from("example.yaml"), line: 1, column: 1 };
//! let connect = Outgoing { packet_type: PacketType::Connect, fields: BTreeMap::new() };
//! let action = Action::Exchange(a.clone(), connect);
//! let script = Script {
//!     id: "example".to_owned(),
//!     version: Version::V5,
//!     cites: Vec::new(),
//!     framing: Framing::Packet,
//!     no_prefix: false,
//!     clients: BTreeMap::from([(a, Client { version: Version::V5, node: 1, client_id: "a".to_owned() })]),
//!     steps: vec![Step { place, text: Arc::from("a => CONNECT"), warn: None, action }],
//! };
//! let setup = Setup {
//!     round_trip: Duration::ZERO,
//!     deadline: Duration::from_secs(5),
//!     fence_by: FenceBy::Ping,
//!     settling: Duration::ZERO,
//!     user_name: None,
//!     password: None,
//!     limits: BTreeMap::new(),
//!     subject: Vec::new(),
//!     levels: Levels::default(),
//! };
//!
//! // a player for a broker that answers CONNECT and PINGREQ
//! let (mut judge, mut now) = (Judge::new(script, setup), Duration::ZERO);
//! loop {
//!     match judge.next(now) {
//!         Command::Open { connection, .. } => {
//!             judge.observe(now, Observation::Opened { connection, subprotocol: None });
//!         }
//!         Command::Send { connection, pieces } => {
//!             let answer: &[u8] = match pieces.concat().first() {
//!                 Some(0x10) => &[0x20, 3, 0, 0, 0],
//!                 Some(0xC0) => &[0xD0, 0],
//!                 _ => continue,
//!             };
//!             judge.observe(now, Observation::Bytes { connection, bytes: answer.to_vec() });
//!         }
//!         Command::PingBystander => judge.observe(now, Observation::Bystander { alive: true }),
//!         Command::Wait(until) => now = until,
//!         Command::Done => break,
//!         _ => {}
//!     }
//! }
//! assert_eq!(judge.finish().verdict, Verdict::Pass);
//! ```

mod accusation;
mod arrival;
mod blocks;
mod contract;
mod describe;
mod ending;
mod expect;
mod failure;
mod interpreter;
mod state;
mod steps;
mod stepwise;
mod verdict;

pub use self::{
    accusation::{Accusation, Cell, Everywhere, How, Key, tested_everywhere},
    contract::{
        Command, ConnectionNumber, FenceBy, Leftovers, Levels, Limit, NOBODYS_FILTER, Observation, Setup, Stray,
        Upcoming,
    },
    expect::matching::matches,
    interpreter::{Judge, Outcome},
    verdict::{Direction, Failure, Observed, Transcript, TranscriptEntry, Verdict},
};
