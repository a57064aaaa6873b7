//! Scenarios against the core, with a clock that the test moves. After every step the law of the store is checked: the
//! fold of all deltas is what the broker says is stored.

mod access;
mod connack;
mod connect;
mod enhanced_auth;
mod harness;
mod limits;
mod logins;
mod passwords;
mod publish;
mod qos;
mod reason_string;
mod refusals;
mod reload;
mod retained;
mod retained_backlog;
mod session;
mod shared;
mod steps;
mod stop;
mod store_full;
mod strict;
mod subscribe;
mod sys;
mod users;
mod will;
