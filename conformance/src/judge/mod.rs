//! The judge: it plays a script and judges what comes, without clock and sockets.
//!
//! [`Judge::next`] says what to do, [`Judge::observe`] is told what happened, [`Judge::finish`] gives the verdict, the
//! transcript and what must be removed from the broker. Time is an argument: the same observations at the same times
//! give the same commands and the same verdict, in memory under a virtual clock and over real sockets alike.
//!
//! # How a case is judged
//! 1. **Steps** (`steps`). Each is done up to where something must be waited for: a `task`. Packets to be sent are
//!    completed (`send`), compared with the Server's limits (`limits`), noted (`sent`), cut (`framing`) and
//!    handed out (`transmit`).
//! 2. **Arrival** (`arrival`). What comes is cut into packets and decoded; each must pass what is `always_on`:
//!    `deliveries` and `answers`. What is the suite's own, or nobody's, is put away, also where a case is
//!    `no_prefix`. The rest is unread, until something expects it.
//! 3. **Expectations** (`expect`). A look changes nothing; it says met, not yet, or never. If met, a plan says what
//!    changes (`commit`): the packet is taken, `names` are bound, permissions are used up. So an attempt that fails
//!    leaves no trace. Fields are compared in `matching`, bytes in `raw`.
//! 4. **Blocks**. `all_of` takes what comes in any order; `any_of` takes the first alternative for good; `flow` is
//!    the exchange behind `=>`; `closed` is the end of a connection; `nothing` is a fence.
//! 5. **The end** (`ending`). A fence on every open connection at once, a ping of an uninvolved client, then the
//!    verdict; the connections take their leave, and `leftovers` says what is to be removed.
//!
//! What is known lives in `state` (the case), `connection` (a client's) and `session` (a Client Identifier's).
//!
//! ```
//! use std::{collections::BTreeMap, sync::Arc, time::Duration};
//! use mqttspec::{
//!     judge::{Command, Judge, Observation, Setup, Verdict},
//!     source::Place,
//!     vector::script::{Action, Client, Framing, Outgoing, Script, Step},
//! };
//! use mqttspec_codec::{PacketType, Version};
//!
//! // `a => CONNECT`, as the loader makes it
//! let a: Arc<str> = Arc::from("a");
//! let place = Place { file: Arc::from("example.yaml"), line: 1, column: 1 };
//! let connect = Outgoing { packet_type: PacketType::Connect, fields: BTreeMap::new() };
//! let action = Action::Exchange(a.clone(), connect);
//! let script = Script {
//!     id: "example".to_owned(),
//!     version: Version::V5,
//!     framing: Framing::Packet,
//!     no_prefix: false,
//!     clients: BTreeMap::from([(a, Client { version: Version::V5, node: 1, client_id: "a".to_owned() })]),
//!     steps: vec![Step { place, text: Arc::from("a => CONNECT"), warn: None, action }],
//! };
//! let setup = Setup {
//!     round_trip: Duration::ZERO,
//!     deadline: Duration::from_secs(5),
//!     settling: Duration::ZERO,
//!     user_name: None,
//!     password: None,
//!     limits: BTreeMap::new(),
//!     subject: Vec::new(),
//! };
//!
//! // a player: here a broker that answers CONNECT and PINGREQ
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
mod verdict;

pub use self::{
    contract::{Command, ConnectionNumber, Leftovers, Observation, Setup},
    expect::matching::matches,
    interpreter::{Judge, Outcome},
    verdict::{Direction, Failure, Observed, Transcript, TranscriptEntry, Verdict},
};
