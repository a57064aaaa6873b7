//! PUBCOMP (section 3.7).

use crate::acknowledgement::acknowledgement;

acknowledgement! {
    /// Answers PUBREL: the QoS 2 delivery is complete (section 3.7).
    Pubcomp
}
