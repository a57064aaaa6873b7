//! PUBREC (section 3.5).

use crate::acknowledgement::acknowledgement;

acknowledgement! {
    /// Answers a PUBLISH of QoS 2: received (section 3.5).
    Pubrec
}
