//! Everything that waits for more than one packet: blocks of expectations, the exchange of `=>`, the end of a
//! connection, and the fence that shows that nothing arrived.

pub(crate) mod all_of;
pub(crate) mod any_of;
pub(crate) mod closed;
pub(crate) mod flow;
pub(crate) mod nothing;
pub(crate) mod walk;
