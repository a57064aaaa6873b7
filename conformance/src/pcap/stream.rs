//! The bytes of one direction of a connection.

use std::time::Duration;

/// When something was captured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The number of the frame. It decides what came first, since clocks are coarse and sometimes set back.
    pub frame: u64,
    /// Since the Unix epoch.
    pub at: Duration,
}

/// The bytes of one direction, as far as the capture has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    /// From gap to gap. The first begins with the connection, unless the capture is younger.
    pub runs: Vec<Run>,
    /// The number of bytes that are missing after the last run; 0 if nothing is known to be missing.
    pub missing_at_end: u64,
    /// Why nothing after the last run can be read, a sentence without its full stop.
    pub trouble: Option<String>,
}

/// Bytes without a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The number of bytes that are missing before it.
    pub missing_before: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When bytes arrived: the end of each piece in `bytes`, and its moment. Both grow.
    arrivals: Vec<(usize, Moment)>,
}

impl Stream {
    /// The first bytes.
    #[must_use]
    pub fn first(&self) -> &[u8] {
        self.runs.first().map_or(&[], |run| &run.bytes)
    }

    /// The number of bytes that are there.
    #[must_use]
    pub fn length(&self) -> usize {
        self.runs.iter().map(|run| run.bytes.len()).sum()
    }
}

impl Run {
    pub(super) fn after_gap(missing_before: u64) -> Self {
        Run { missing_before, ..Run::default() }
    }

    /// Appends bytes. A moment before that of earlier bytes is moved to theirs: until then they could not be read.
    pub(super) fn push(&mut self, moment: Moment, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let moment = self.arrivals.last().map_or(moment, |(_, before)| moment.max(*before));
        match self.arrivals.last_mut() {
            Some((end, before)) if *before == moment => *end = self.bytes.len(),
            _ => self.arrivals.push((self.bytes.len(), moment)),
        }
    }

    /// When the first `length` bytes had arrived.
    #[must_use]
    pub fn arrival(&self, length: usize) -> Moment {
        let index = self.arrivals.partition_point(|(end, _)| *end < length);
        self.arrivals.get(index).or(self.arrivals.last()).map_or(Moment::default(), |(_, moment)| *moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_the_moment_of_its_piece() {
        let mut run = Run::default();
        let moment = |frame| Moment { frame, at: Duration::ZERO };
        run.push(moment(5), b"abc");
        run.push(moment(4), b"d");
        run.push(moment(7), b"e");
        assert_eq!([0, 1, 3, 4, 5, 6].map(|length| run.arrival(length).frame), [5, 5, 5, 5, 7, 7]);
    }
}
