//! How much evidence a run keeps. A broker that sends without end to every case would otherwise fill the memory with
//! transcripts, each of them bounded.

use super::CaseRun;
use crate::judge::{Transcript, TranscriptEntry, Verdict};

/// What may still be kept.
#[derive(Debug)]
pub(super) struct Evidence {
    /// In bytes, see [`weight`].
    left: usize,
}

impl Default for Evidence {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Evidence {
    /// Shortens the evidence of a case if the run has kept too much already: what reports show to people is left.
    pub(super) fn bound(&mut self, run: &mut CaseRun) {
        let observed = match &mut run.verdict {
            Verdict::Fail(failure) => failure.observed.as_mut().map(|observed| &mut observed.bytes),
            _ => None,
        };
        let needed = run.transcript.iter().map(weight).sum::<usize>();
        let needed = needed + observed.as_ref().map_or(0, |bytes| bytes.len() * COPIES);
        if let Some(left) = self.left.checked_sub(needed) {
            self.left = left;
            return;
        }
        if let Some(bytes) = observed {
            shorten(bytes);
        }
        let dropped = run.transcript.len().saturating_sub(SHOWN);
        run.transcript.drain(..dropped);
        run.transcript.iter_mut().for_each(|entry| shorten(&mut entry.bytes));
        if let Some(first) = run.transcript.first_mut().filter(|_| dropped > 0) {
            first.text = format!("{dropped} packets and events, which are left out here").into();
            first.bytes = Vec::new();
        }
        run.transcript = Transcript::from(std::mem::take(&mut run.transcript).into_boxed_slice());
    }
}

fn shorten(bytes: &mut Vec<u8>) {
    bytes.truncate(BEGINNING);
    bytes.shrink_to_fit();
}

/// About how much memory an entry takes until the reports are written, in bytes.
fn weight(entry: &TranscriptEntry) -> usize {
    OVERHEAD + entry.bytes.len() * COPIES + entry.text.len() * 3
}

/// Of an entry, in the transcript and as JSON.
const OVERHEAD: usize = 1024;
/// Bytes are kept as they are, and twice as long in hex.
const COPIES: usize = 5;
/// In bytes. A run against a broker that behaves needs about a third of it.
const MOST: usize = 128 * 1024 * 1024;
/// How many entries are left, one more than reports show to people.
const SHOWN: usize = 13;
/// How many bytes of a packet are left.
const BEGINNING: usize = 256;

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{judge::Direction, runner::Span, vector::Library};

    #[test]
    fn a_run_keeps_a_bounded_amount() {
        let library = Library::embedded().unwrap();
        let case = library.cases().next().unwrap();
        let mut evidence = Evidence::default();
        let (mut kept, mut shortened) = (0, 0);
        for _ in 0..1000 {
            let entry = TranscriptEntry {
                at: Duration::ZERO,
                who: "a".into(),
                direction: Direction::Received,
                text: "PINGRESP".into(),
                bytes: vec![0; 1000],
                automatic: false,
                raw: false,
            };
            let mut run = CaseRun::new(&Arc::clone(case), Verdict::Pass, vec![entry; 100], Span::default());
            evidence.bound(&mut run);
            kept += run.transcript.iter().map(weight).sum::<usize>();
            if run.transcript.len() < 100 {
                shortened += 1;
                assert_eq!(run.transcript.len(), SHOWN);
                assert_eq!(run.transcript[0].text, "87 packets and events, which are left out here");
            }
        }
        assert!((1..1000).contains(&shortened), "{shortened}");
        assert!(kept < MOST + shortened * SHOWN * (OVERHEAD + BEGINNING * COPIES + 30), "{kept}");
    }
}
