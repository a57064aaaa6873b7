//! From cases to verdicts: which cases, on what they depend, and what became of them. Knows nothing of sockets
//! (`transport`) and nothing of output (`report`).

mod baseline;
mod case_run;
mod memory;
mod prepare;
mod run_id;
mod selection;
mod tally;

pub use self::{
    baseline::{Baseline, Expectation, Known},
    case_run::CaseRun,
    memory::{learn_in_memory, run_in_memory, run_tampered},
    prepare::{Prepared, prepare},
    run_id::RunId,
    selection::{Selection, SelectionError},
    tally::Tally,
};
