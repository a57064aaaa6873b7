//! Families of faults: each change of a message, on one path of delivery at a time. A vector that looks at a change on one
//! path only finds one of its row.
//!
//! | module | what |
//! |---|---|
//! | `path` | the paths, and how a message is known to take one |
//! | `change` | the changes |
//! | `answers` | answers of the wrong kind, too few, or with a wrong code |
//! | `limits` | limits of the Client that do not hold on one path |
//! | `volume` | what is right for a few and wrong for many |
//! | `across` | what must not reach another connection, or another version |

mod across;
mod answers;
mod change;
mod limits;
mod path;
mod volume;

use change::CHANGES;
use path::{PATHS, on};

use crate::fault::Fault;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults =
        Vec::from_iter([across::faults(), answers::faults(), limits::faults(), volume::faults()].into_iter().flatten());
    for path in PATHS {
        for change in CHANGES.iter().filter(|change| !change.not_on.contains(&path.name)) {
            let (name, does) = (format!("{}-{}", path.name, change.name), format!("{} {}", change.does, path.messages));
            let fault = Fault::new(name, does, move || {
                let mut act = (change.start)();
                on(path, move |seen, wire| act(seen, wire))
            });
            let v3_1_1 = if path.only_v5 { &[] } else { change.breaks_v3_1_1 };
            faults.push(fault.breaks(v3_1_1, change.breaks_v5));
        }
    }
    faults
}
