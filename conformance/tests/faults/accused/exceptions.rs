//! The faults for which the report is not good enough yet. These lists may only become shorter.

/// Faults whose first deviation is another one than the one that they are about, with the reason.
pub(super) const EXCEPTIONS: [(&str, &str); 5] = [
    ("authentication-method-ignored", "every exchange of AUTH fails, most often in a case about Reason Codes"),
    ("client-identifier-cut", "all clients of a case are one, so that hardly anything is delivered"),
    ("session-expiry-halved", "a Session Expiry Interval of 1 becomes 0, which is another rule"),
    ("swapped", "a message that comes too late is a missing one in most cases"),
    ("twice-at-qos-1", "no statement is about a second copy at QoS 1, which each case then charges to its own"),
];

/// Pairs of faults of which one hides the other, with the reason.
pub(super) const HIDDEN: [(&str, &str, &str); 3] = [
    (
        "clean-start-ignored",
        "alias-kept-over-connections",
        "the only case about an alias of an earlier connection needs a clean start first",
    ),
    (
        "retained-as-repeat",
        "plus-is-literal",
        "the cases that compare DUP of retained messages subscribe to a wildcard",
    ),
    (
        "expiry-not-said",
        "will-without-content-type",
        "the only case about the Content Type of a Will sets an expiry too",
    ),
];
