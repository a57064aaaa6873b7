//! Plays all cases of a run, with less and less concurrency where it is unclear which one harmed the broker.

use std::sync::Arc;

use super::{
    Runner,
    plan::Plan,
    results::Results,
    scheduler::{FEW, News, Remaining, Scheduler},
};

impl Runner {
    /// Plays all cases, and at the end those that restart the broker, because that disturbs all others. Returns the
    /// cases without a verdict.
    pub(super) async fn play(
        &self,
        scheduler: &Arc<Scheduler>,
        mut plan: Plan,
        results: &mut Results<'_, '_>,
    ) -> Remaining {
        let restarting = std::mem::take(&mut plan.restarting);
        let mut left = self.play_together(scheduler, plan, results).await;
        results.is_last_try();
        scheduler.one_by_one(restarting, &mut left, &mut |news| results.take(news)).await;
        left
    }

    /// Plays cases with less concurrency where it is unclear which one harmed the broker. Returns those without a
    /// verdict.
    async fn play_together(&self, scheduler: &Arc<Scheduler>, plan: Plan, results: &mut Results<'_, '_>) -> Remaining {
        let mut left = Remaining::default();
        let Plan { concurrent: mut jobs, exclusive, at_once, .. } = plan;
        let mut exclusive = exclusive.into_iter();
        let mut alone = Vec::new();
        for at_once in [at_once, FEW.min(at_once)] {
            let played = scheduler.level(jobs, at_once, &mut |news| results.take(news)).await;
            left.not_run.extend(played.not_run);
            jobs = played.doubtful;
            if played.broken.is_some() {
                left.not_run.extend(exclusive.flatten());
                return Remaining { doubtful: jobs, broken: played.broken, ..left };
            }
        }
        while let Some(group) = exclusive.next() {
            let played = scheduler.level(group, FEW.min(at_once), &mut |news| results.take(news)).await;
            left.not_run.extend(played.not_run);
            if played.broken.is_some() {
                left.not_run.extend(exclusive.flatten().chain(jobs).chain(alone));
                return Remaining { doubtful: played.doubtful, broken: played.broken, ..left };
            }
            alone.extend(played.doubtful);
        }
        alone.extend(jobs);
        scheduler.one_by_one(alone, &mut left, &mut |news| results.take(news)).await;
        let (together, mut alone) = results.disturbed();
        if left.broken.is_some() {
            left.not_run.extend(together.into_iter().chain(alone));
            return left;
        }
        if !together.is_empty() || !alone.is_empty() {
            let count = together.len() + alone.len();
            results
                .take(News::Note(format!("{count} cases received messages of others and failed; playing them again")));
            // what reached them may still be on the broker
            scheduler.cleaner.sweep().await;
            let played = scheduler.level(together, at_once, &mut |news| results.take(news)).await;
            left.not_run.extend(played.not_run);
            let (again, others) = results.disturbed();
            alone.extend(played.doubtful.into_iter().chain(again).chain(others));
            left.broken = played.broken;
            results.is_last_try();
            scheduler.one_by_one(alone, &mut left, &mut |news| results.take(news)).await;
        }
        left
    }

    /// Why cases have no verdict, as a sentence for people.
    pub(super) fn why_broken(&self, remaining: &Remaining, suspects: &[String], gone: Option<&str>) -> String {
        let count = remaining.not_run.len() + suspects.len();
        let none =
            if count == 1 { "1 case has no verdict".to_owned() } else { format!("{count} cases have no verdict") };
        let Some(why) = remaining.broken.as_ref().filter(|_| gone.is_none()) else {
            let why = gone.map(|why| format!(" ({why})")).unwrap_or_default();
            return format!("{} stopped answering during the run and did not come back{why}; {none}", self.target);
        };
        let mut text = format!("{}: {why}, and it did not recover; {none}", self.target);
        if !suspects.is_empty() {
            let named = suspects.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = suspects.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!("; suspects: {named}{more}"));
        }
        if !self.outages.can_recover() {
            text.push_str("; with --restart-command the suite goes on, and finds the case that did it");
        }
        text
    }
}

/// How many suspects are named in a message.
const NAMED: usize = 8;
