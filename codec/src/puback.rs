//! PUBACK (section 3.4).

use crate::acknowledgement::acknowledgement;

acknowledgement! {
    /// Answers a PUBLISH of QoS 1 (section 3.4).
    Puback
}
