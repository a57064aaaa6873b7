//! The table in Markdown.

use super::{Metric, Results};
use crate::transport::Transport;

/// A row for each metric, a column for each transport.
pub(crate) fn markdown(results: &Results) -> String {
    let head = Transport::ALL.map(Transport::name).join(" | ");
    let mut text = format!("| | {head} |\n|---|{}\n", "--:|".repeat(Transport::ALL.len()));
    for metric in Metric::ALL {
        let cells = Transport::ALL.map(|transport| cell(*metric, results.value(*metric, transport))).join(" | ");
        text += &format!("| {} | {cells} |\n", metric.text());
    }
    text
}

/// A value with the digits of its metric. A share that is not zero never looks like zero.
pub(super) fn cell(metric: Metric, value: f64) -> String {
    let digits = metric.digits();
    let least = 0.1_f64.powi(i32::try_from(digits).unwrap_or(0));
    match value {
        value if value.is_nan() => "none".to_owned(),
        value if value > 0.0 && value < least => format!("< {least:.digits$}"),
        value => format!("{value:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_round_to_zero() {
        assert_eq!(cell(Metric::Lost, 0.0), "0.0");
        assert_eq!(cell(Metric::Lost, 0.04), "< 0.1");
        assert_eq!(cell(Metric::Median, f64::NAN), "none");
        let text = markdown(&Results::default());
        assert_eq!(text.lines().count(), Metric::ALL.len() + 2);
    }
}
