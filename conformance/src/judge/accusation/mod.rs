//! What a failed expectation says about the broker: which statement it violates, and what makes two failures the same
//! deviation. Only the failed case is looked at; `runner::deviations` compares the cases of a run.
//!
//! The first of these rules that applies decides:
//!
//! 1. **Always on**: a check that applies to every packet names its own statement.
//! 2. **Written**: the expectation `cites` a statement.
//! 3. **Illegal bytes**: the case sent bytes that are no legal packet, and what shows that they were taken came
//!    instead of the end of the connection. The codec knows the statement for just these bytes.
//! 4. **Field**: a packet came and does not fit. The fields are ranked, since one wrong field often brings others with
//!    it, and the table of [`cell`] has a statement for each.
//! 5. **Nothing came**: the same table has one for each answer and each kind of delivery.
//! 6. **Nearest**: in `any of`, in `all of`, and for a packet that nothing expects, the alternative with the fewest
//!    wrong fields counts.
//! 7. **Own**: what the case itself is about.
//!
//! | module | what |
//! |---|---|
//! | `cell` | the table of what can be wrong, with the statements of both versions |
//! | `cause` | the rules |
//! | `field`, `delivery` | which cell a wrong field, or a PUBLISH that did not come or should not have come, belongs to |
//! | `malformed` | a packet from the Server that cannot be decoded |

pub(crate) mod cause;
mod cell;
mod delivery;
mod everywhere;
mod field;
mod malformed;

use std::fmt;

use mqttspec_codec::{DecodeErrorKind, PacketType, Version};

pub use self::{
    cell::Cell,
    everywhere::{Everywhere, tested_everywhere},
};
use crate::vector::Citation;

/// What a failure says about the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accusation {
    /// Failures with the same key are the same deviation.
    pub key: Key,
    /// The statement that is violated; `None` if the case cites several and nothing tells which of them it is.
    pub statement: Option<Citation>,
    /// What the case itself is about, in the order cited: without the duty to close the connection, and without what
    /// single expectations cite. If there is no `statement`, it is one of these.
    pub among: Vec<Citation>,
    /// The rule that decided.
    pub how: How,
    /// Whether the case is about this. Otherwise it only needed it.
    pub about: bool,
    /// Whether the connection had to be closed, which is a duty of its own: v5 [MQTT-4.13.1-1], v3.1.1 [MQTT-4.8.0-1].
    pub closing: bool,
    /// The type of the illegal bytes that the case sent, if that is what it is about.
    pub sent: Option<PacketType>,
}

/// What makes two failures the same deviation, in either version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Key {
    /// The broker no longer answers anybody.
    Gone,
    /// A row of the table.
    Cell(Cell),
    /// Illegal bytes are taken.
    Takes(DecodeErrorKind),
    /// The broker sends illegal bytes, as a packet of that type if it has one.
    Sends(DecodeErrorKind, Option<PacketType>),
    /// This statement, and nothing more is known.
    Statement(Citation),
    /// One of several statements that the case cites.
    Undecided,
}

/// The rule that decided which statement is accused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum How {
    /// A check that applies to every packet.
    AlwaysOn,
    /// The expectation cites it.
    Written,
    /// The case sent illegal bytes.
    IllegalBytes,
    /// A field of the packet that came.
    Field,
    /// The packet did not come.
    NothingCame,
    /// The connection ended before the packet came.
    EndCame,
    /// The case cites it.
    Own,
}

impl How {
    /// `always on`, `written`, `illegal bytes`, `field`, `nothing came` or `own`; an end that came instead is `nothing came`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            How::AlwaysOn => "always on",
            How::Written => "written",
            How::IllegalBytes => "illegal bytes",
            How::Field => "field",
            How::NothingCame | How::EndCame => "nothing came",
            How::Own => "own",
        }
    }
}

impl Accusation {
    /// The statements of the case itself: the only one, or one of several.
    pub(crate) fn own(among: Vec<Citation>) -> Self {
        let statement = match &among[..] {
            [only] => Some(only.clone()),
            _ => None,
        };
        let key = statement.clone().map_or(Key::Undecided, Key::Statement);
        Self { key, statement, among, how: How::Own, about: true, closing: false, sent: None }
    }

    /// The broker no longer answers anybody.
    pub(crate) fn gone(version: Version) -> Self {
        let statement = Cell::HurtsOthers.statements(version).first().map(|id| Citation::new(version, id));
        Self {
            key: Key::Gone,
            statement,
            among: Vec::new(),
            how: How::AlwaysOn,
            about: true,
            closing: false,
            sent: None,
        }
    }

    /// The statement of a check that always applies.
    pub(crate) fn always_on(statement: Citation) -> Self {
        let key = Key::Statement(statement.clone());
        Self {
            key,
            statement: Some(statement),
            among: Vec::new(),
            how: How::AlwaysOn,
            about: true,
            closing: false,
            sent: None,
        }
    }
}

impl fmt::Display for Key {
    /// What the broker does, as a sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Cell(cell) => f.write_str(cell.says()),
            Key::Takes(kind) => write!(f, "takes bytes in which {}", kind.text()),
            Key::Sends(kind, Some(packet_type)) => write!(f, "sends a {packet_type} in which {}", kind.text()),
            Key::Sends(kind, None) => write!(f, "sends bytes in which {}", kind.text()),
            Key::Statement(_) | Key::Undecided => f.write_str("does not do what the statement demands"),
            Key::Gone => f.write_str("stops answering"),
        }
    }
}

impl Key {
    /// The name in reports: `session_not_present`, `takes misplaced_wildcard`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Key::Cell(cell) => cell.name().to_owned(),
            Key::Takes(kind) => format!("takes {}", kind.name()),
            Key::Sends(kind, Some(packet_type)) => format!("sends {} in {packet_type}", kind.name()),
            Key::Sends(kind, None) => format!("sends {}", kind.name()),
            Key::Statement(cited) => format!("violates {cited}"),
            Key::Undecided => "undecided".to_owned(),
            Key::Gone => "gone".to_owned(),
        }
    }
}
