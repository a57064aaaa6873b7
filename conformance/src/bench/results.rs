//! Medians and ratios.

use std::fmt;

use serde_json::{Value, json};

use super::{Measure, Plan, Workload};
use crate::transport::Target;

/// What was measured.
#[derive(Debug)]
pub struct Results {
    targets: Vec<String>,
    rounds: usize,
    rows: Vec<Row>,
}

/// One measure of one workload, for all brokers.
#[derive(Debug)]
pub struct Row {
    /// The workload.
    pub workload: Workload,
    /// The measure.
    pub measure: Measure,
    /// The values of each round, for each broker in the order of the URLs.
    values: Vec<Vec<f64>>,
    /// The number of messages that never arrived, for each broker.
    lost: Vec<u64>,
}

impl Results {
    pub(super) fn new(targets: &[Target], plan: &Plan) -> Self {
        let row = |workload, measure| Row {
            workload,
            measure,
            values: vec![Vec::new(); targets.len()],
            lost: vec![0; targets.len()],
        };
        let rows = |workload: &Workload| {
            let workload = *workload;
            workload.measures().iter().map(move |measure| row(workload, *measure))
        };
        Self {
            targets: targets.iter().map(ToString::to_string).collect(),
            rounds: plan.rounds,
            rows: plan.workloads.iter().flat_map(rows).collect(),
        }
    }

    /// Adds the results of a turn: a value for each of the workload's measures.
    pub(super) fn add(&mut self, workload: Workload, target: usize, values: &[f64], lost: u64) {
        let rows = self.rows.iter_mut().filter(|row| row.workload == workload);
        for (row, value) in rows.zip(values) {
            if let Some(of_target) = row.values.get_mut(target) {
                of_target.push(*value);
            }
            if let Some(of_target) = row.lost.get_mut(target) {
                *of_target += lost;
            }
        }
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// `{rounds, targets, rows: [{workload, name, unit, values: [[..]..], medians: [..], lost: [..]}]}`; values that
    /// were not measured are null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let Measure { name, unit } = row.measure;
                let medians: Vec<f64> = row.medians();
                json!({
                    "workload": row.workload.name(), "name": name, "unit": unit,
                    "values": row.values, "medians": medians, "lost": row.lost,
                })
            })
            .collect();
        json!({ "rounds": self.rounds, "targets": self.targets, "rows": rows })
    }
}

impl Row {
    /// Whether there is a value for any broker.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.medians().iter().any(|median| !median.is_nan())
    }

    /// The median of each broker's rounds, in the order of the URLs; NaN if nothing was measured.
    #[must_use]
    pub fn medians(&self) -> Vec<f64> {
        self.values.iter().map(|values| median(values)).collect()
    }

    /// The median, followed by its ratio to that of the first broker in parentheses.
    fn cell(&self, target: usize) -> String {
        let medians = self.medians();
        let value = medians.get(target).copied().unwrap_or(f64::NAN);
        if value.is_nan() {
            return "not measured".to_owned();
        }
        let ratio = match (target, medians.first()) {
            (1.., Some(first)) if *first > 0.0 => format!(" ({:.2})", value / first),
            _ => String::new(),
        };
        let lost = match self.lost.get(target) {
            Some(lost @ 1..) => format!(", {lost} lost"),
            _ => String::new(),
        };
        format!("{}{ratio}{lost}", number(value))
    }
}

/// A Markdown table of the rows with values, padded so that it is also readable on a terminal.
impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![vec![String::new()]];
        if let Some(head) = lines.first_mut() {
            head.extend(self.targets.iter().cloned());
        }
        for row in self.rows.iter().filter(|row| row.is_measured()) {
            let unit = if row.measure.unit.is_empty() { String::new() } else { format!(", {}", row.measure.unit) };
            let mut line = vec![format!("{}{unit}", row.measure.name)];
            line.extend((0..self.targets.len()).map(|target| row.cell(target)));
            lines.push(line);
        }
        let widths: Vec<usize> = (0..=self.targets.len())
            .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.len()).max().unwrap_or(0))
            .collect();
        for (number, line) in lines.iter().enumerate() {
            let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(f, "| {} |", cells.join(" | "))?;
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
                writeln!(f, "|{}|", rules.join("|"))?;
            }
        }
        Ok(())
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (1, Some(value)) => *value,
        (0, Some(upper)) => sorted.get(middle.wrapping_sub(1)).map_or(f64::NAN, |lower| (lower + upper) / 2.0),
        _ => f64::NAN,
    }
}

/// A number with enough digits to compare: `123 456`, `23.4`, `0.21`.
fn number(value: f64) -> String {
    if value < 1000.0 {
        return match value {
            _ if value.fract() == 0.0 => format!("{value}"),
            ..10.0 => format!("{value:.2}"),
            _ => format!("{value:.1}"),
        };
    }
    let digits = format!("{value:.0}");
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_and_the_ratio_is_to_the_first() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert!(median(&[f64::NAN]).is_nan());
        let row = Row {
            workload: Workload::OneToOne0,
            measure: Workload::OneToOne0.measures()[0],
            values: vec![vec![200_000.0, 100_000.0, 150_000.0], vec![75_000.0], vec![]],
            lost: vec![0, 7, 0],
        };
        assert_eq!(row.cell(0), "150 000");
        assert_eq!(row.cell(1), "75 000 (0.50), 7 lost");
        assert_eq!(row.cell(2), "not measured");
        assert_eq!([number(23.44), number(0.214)], ["23.4", "0.21"]);
    }
}
