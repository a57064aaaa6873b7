//! The faults for which the report is not good enough yet. These lists may only become shorter.

/// Faults whose first deviation is another one than the one that they are about, with the reason.
pub(super) const EXCEPTIONS: &[(&str, &str)] = &[];

/// Pairs of faults of which one hides the other, with the reason.
pub(super) const HIDDEN: &[(&str, &str, &str)] = &[];
