//! Random exploration: what nobody thought of. Plays random operations of several Clients on a broker, judges what they
//! saw by a model that knows every legal outcome, and makes the smallest case of what is wrong.
//!
//! ```text
//!  seed -> generate -> Plan -> player -> History -> model -> Violation -> shrink -> vector
//!                               ^  |
//!                               |  v
//!                              broker, by a Link
//! ```
//!
//! | module | what |
//! |---|---|
//! | `plan` | operations of several Clients; those that cannot apply do nothing, so each part of a plan is a plan |
//! | `random`, `generate` | makes a plan of a seed |
//! | `player` | plays a plan over a [`Link`](crate::transport::Link), and records what happens |
//! | `history` | what was sent and received, and when |
//! | `model` | judges a history: the ways in which each message may and must have come |
//! | `shrink` | makes a plan smaller that shows a violation |
//! | `vector` | writes a history as a case, from what the model demands |
//! | `campaign` | many plans at once, and what each kind of violation comes down to |
//! | `round` | plays and judges one plan, and looks again before it says that something is missing |

mod campaign;
mod generate;
pub mod history;
pub mod model;
pub mod plan;
mod player;
mod random;
mod round;
mod shrink;
mod vector;

pub use self::{
    campaign::{ENOUGH, Find, Outcome, Progress, Settings, TIMES, explore},
    generate::generate,
    model::{Lag, Rule, Signature, Violation, judge},
    player::{Names, Player, Tempo},
    random::Random,
    round::{Pace, Round, play},
    shrink::{Budget, Shrinker},
    vector::vector,
};
