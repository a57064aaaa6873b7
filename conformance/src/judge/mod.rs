//! The judge: pure, without clock or sockets.
mod all_of;
mod always_on;
mod answers;
mod any_of;
mod arrival;
mod closed;
mod contract;
mod deliveries;
mod describe;
mod ending;
mod expect;
mod failure;
mod flow;
mod framing;
mod interpreter;
mod leftovers;
mod limits;
mod matching;
mod names;
mod nothing;
mod raw;
mod send;
mod sent;
mod state;
mod steps;
mod task;
mod transmit;
mod verbatim;
mod walk;

pub use self::{
    contract::{Command, ConnectionNumber, Leftovers, Observation, Setup},
    interpreter::{Judge, Outcome},
    matching::matches,
};
