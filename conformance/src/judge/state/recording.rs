//! Records what happens in a case. A long case keeps its beginning and its end.

use std::{collections::VecDeque, fmt, sync::Arc};

use crate::judge::{Direction, Transcript, TranscriptEntry};

/// The transcript of a case that is running, of bounded size.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    beginning: Transcript,
    /// What follows when the beginning is full.
    end: VecDeque<TranscriptEntry>,
    /// How many entries between the two were dropped.
    left_out: usize,
    beginning_weight: usize,
    end_weight: usize,
    watch: Watch,
    is_paused: bool,
}

/// What is called for each entry before it is kept; `None` if nothing is.
#[derive(Clone, Default)]
pub(crate) struct Watch(pub(crate) Option<Arc<See>>);

type See = dyn Fn(&TranscriptEntry) + Send + Sync;

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "watched" } else { "not watched" })
    }
}

impl Recording {
    pub(crate) fn watch(&mut self, watch: Watch) {
        self.watch = watch;
    }

    /// Records nothing while `paused`.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.is_paused = paused;
    }

    pub(crate) fn push(&mut self, mut entry: TranscriptEntry) {
        if self.is_paused {
            return;
        }
        if let Watch(Some(watch)) = &self.watch {
            watch(&entry);
        }
        let heavier = self.beginning_weight.saturating_add(weight(&entry));
        if self.end.is_empty() && heavier <= HEAVIEST_BEGINNING && self.beginning.len() < LONGEST_BEGINNING {
            self.beginning_weight = heavier;
            self.beginning.push(entry);
            return;
        }
        if entry.bytes.len() > MOST_BYTES {
            entry.text = format!("{} (the first {MOST_BYTES} of {} bytes)", entry.text, entry.bytes.len()).into();
            entry.bytes.truncate(MOST_BYTES);
            entry.bytes.shrink_to_fit();
        }
        self.end_weight = self.end_weight.saturating_add(weight(&entry));
        self.end.push_back(entry);
        while self.end.len() > LONGEST_END || (self.end_weight > HEAVIEST_END && self.end.len() > 1) {
            let Some(dropped) = self.end.pop_front() else { return };
            self.end_weight = self.end_weight.saturating_sub(weight(&dropped));
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// The beginning and the end, and between them how many entries were dropped.
    pub(crate) fn into_transcript(self) -> Transcript {
        let mut transcript = self.beginning;
        if let Some(next) = self.end.front().filter(|_| self.left_out > 0) {
            transcript.push(TranscriptEntry {
                at: next.at,
                who: next.who.clone(),
                direction: Direction::Received,
                text: format!("{} packets and events, which are left out here", self.left_out).into(),
                bytes: Vec::new(),
                automatic: true,
                raw: false,
            });
        }
        transcript.extend(self.end);
        transcript
    }
}

/// About how much memory an entry takes, in bytes.
fn weight(entry: &TranscriptEntry) -> usize {
    entry.bytes.len().saturating_add(entry.text.len()).saturating_add(128)
}

/// The longest transcripts of cases with a broker that behaves are a tenth of this.
const LONGEST_BEGINNING: usize = 2000;
/// In bytes; some cases exchange packets of 16 KiB by the dozen.
const HEAVIEST_BEGINNING: usize = 4 * 1024 * 1024;
const LONGEST_END: usize = 100;
/// In bytes.
const HEAVIEST_END: usize = 128 * 1024;
/// The most bytes of an entry at the end.
const MOST_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn entry(number: usize, bytes: usize) -> TranscriptEntry {
        TranscriptEntry {
            at: Duration::ZERO,
            who: "a".into(),
            direction: Direction::Received,
            text: number.to_string().into(),
            bytes: vec![0; bytes],
            automatic: false,
            raw: false,
        }
    }

    #[test]
    fn beginning_and_end_are_kept() {
        let mut recording = Recording::default();
        (0..100_000).for_each(|number| recording.push(entry(number, 4)));
        let transcript = recording.into_transcript();
        assert_eq!(transcript.len(), LONGEST_BEGINNING + 1 + LONGEST_END);
        assert_eq!((&*transcript[0].text, &*transcript.last().unwrap().text), ("0", "99999"));
        assert_eq!(transcript[LONGEST_BEGINNING].text, "97900 packets and events, which are left out here");
    }

    #[test]
    fn large_packets_are_bounded_together() {
        let mut recording = Recording::default();
        (0..1000).for_each(|number| recording.push(entry(number, 500_000)));
        let transcript = recording.into_transcript();
        assert!(transcript.iter().map(weight).sum::<usize>() < HEAVIEST_BEGINNING + HEAVIEST_END + 1024);
        assert!(transcript.last().unwrap().text.ends_with("(the first 1024 of 500000 bytes)"));
    }
}
