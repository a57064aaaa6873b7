//! What the suite does on a broker on its own behalf: learning what it offers, keeping an uninvolved client, removing
//! what a case left behind. Plain code over a [`Link`](crate::transport::Link), so that it runs over sockets and in
//! memory alike.

mod capabilities;
mod client;
mod methods;
mod probe;
mod rights;
mod scram;
mod sweep;

pub use self::{
    capabilities::{Capabilities, Offer},
    client::{Client, Login},
    probe::{ProbeError, probe},
    sweep::sweep,
};
pub(crate) use scram::Scram;
