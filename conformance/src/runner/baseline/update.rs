//! A baseline after a run: what fails now is in it, and what is gone is not. What people wrote is kept: the entries that
//! are still needed as they are, with their comments, in their order.

use std::collections::BTreeSet;

use super::{Baseline, Use, fresh, write::Written};
use crate::{runner::Report, source::parse, vector::Library};

/// A baseline after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Updated {
    /// The file.
    pub text: String,
    /// How many entries it has.
    pub entries: usize,
    /// How many of them are new.
    pub added: usize,
    /// How many entries it no longer has.
    pub dropped: usize,
}

impl Baseline {
    /// The baseline after these runs, one for each broker or transport. Entries about cases that were skipped or not
    /// selected are kept. Entries that match no case are dropped if the library has all cases.
    pub(in crate::runner) fn updated(&self, library: &Library, has_all: bool, reports: &[Report]) -> Updated {
        let kept = self.entries.iter().map(|entry| {
            let uses = reports.iter().filter(|report| entry.is_over(report.transport));
            let uses = uses.map(|report| Use::of(entry, &report.cases, &report.summary.leaks));
            let is_gone = uses.max() == Some(Use::Gone) || (has_all && !entry.is_known_to(library));
            !is_gone
        });
        let kept: Vec<bool> = kept.collect();
        let fresh = fresh::entries(library, reports);
        let new: Vec<Written<'_>> = fresh.iter().map(fresh::Fresh::written).collect();
        let dropped = kept.iter().filter(|kept| !**kept).count();
        let text = self.edited(&kept, &new).unwrap_or_else(|| self.rewritten(&kept, &new));
        Updated { text, entries: kept.len() - dropped + new.len(), added: new.len(), dropped }
    }

    /// The file with the dropped entries taken out and the new ones at its end. `None` if the entries do not begin in
    /// lines of their own.
    fn edited(&self, kept: &[bool], new: &[Written<'_>]) -> Option<String> {
        let lines: Vec<&str> = self.source.as_ref()?.text.lines().collect();
        let starts = self.entries.iter().map(|entry| usize::try_from(entry.at.line).ok()?.checked_sub(1));
        let starts: Vec<usize> = starts.collect::<Option<_>>()?;
        let in_order = starts.iter().collect::<BTreeSet<_>>().len() == starts.len();
        let begin = |line: &&str| line.trim_start().starts_with("- ");
        if starts.is_empty() || !in_order || !starts.iter().all(|start| lines.get(*start).is_some_and(begin)) {
            return None;
        }
        let first = *starts.first()?;
        let head = lines.get(..first)?.iter().rposition(|line| line.trim_start().starts_with("expected"))? + 1;
        let mut text: Vec<String> = lines.get(..head)?.iter().map(|line| (*line).to_owned()).collect();
        let ends = starts.iter().skip(1).copied().chain([lines.len()]);
        let (mut gap, mut group_kept, mut heading) = (lines.get(head..first)?, false, Vec::new());
        for ((start, next), kept) in starts.iter().zip(ends).zip(kept) {
            let end = lines.get(*start..next)?.iter().rposition(|line| !is_between(line))? + start + 1;
            if !gap.is_empty() {
                // the comment above a group of entries goes with the last of them
                (heading, group_kept) = (gap.to_vec(), false);
            }
            if *kept {
                let above = if group_kept { Vec::new() } else { std::mem::take(&mut heading) };
                text.extend(above.into_iter().chain(lines.get(*start..end)?.iter().copied()).map(str::to_owned));
                group_kept = true;
            }
            gap = lines.get(end..next)?;
        }
        let indent = lines.get(first)?.find('-')?;
        text.extend(new.iter().flat_map(|entry| entry.lines(indent)));
        text.extend(gap.iter().map(|line| (*line).to_owned()));
        let text = format!("{}\n", text.join("\n"));
        // what was cut wrongly must not be written
        parse(&text).is_ok().then_some(text)
    }

    /// The file in the usual form, below the comment at its beginning.
    fn rewritten(&self, kept: &[bool], new: &[Written<'_>]) -> String {
        let head = self.source.iter().flat_map(|source| source.text.lines());
        let mut text: Vec<String> = head.take_while(|line| line.starts_with('#')).map(str::to_owned).collect();
        text.push("expected:".to_owned());
        let old = self.entries.iter().zip(kept).filter(|(_, kept)| **kept).map(|(entry, _)| Written::from(entry));
        text.extend(old.flat_map(|entry| entry.lines(2)));
        text.extend(new.iter().flat_map(|entry| entry.lines(2)));
        format!("{}\n", text.join("\n"))
    }
}

/// Whether a line is between entries: blank, or a comment.
fn is_between(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}
