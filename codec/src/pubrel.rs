//! PUBREL (section 3.6).

use crate::acknowledgement::acknowledgement;

acknowledgement! {
    /// Answers PUBREC: the Packet Identifier may be let go (section 3.6).
    Pubrel
}
