//! What waits for more than one packet: blocks of expectations, the exchange after `=>`, the end of a connection, and a
//! fence that shows that nothing came.

pub(crate) mod all_of;
pub(crate) mod any_of;
pub(crate) mod closed;
pub(crate) mod flow;
pub(crate) mod nothing;
pub(crate) mod walk;
