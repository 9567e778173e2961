//! Figures of repeated measurements, and the Markdown table of them.

use std::collections::BTreeMap;
use std::time::Duration;

/// Measured values by name.
#[derive(Default)]
pub(crate) struct Figures(BTreeMap<String, Vec<f64>>);

impl Figures {
    /// Adds one value.
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Adds a time in milliseconds.
    pub(crate) fn add_time(&mut self, name: &str, time: Duration) {
        self.add(name, time.as_secs_f64() * 1e3);
    }

    /// Adds `Name=Value` lines under `prefix.Name`.
    pub(crate) fn add_lines(&mut self, prefix: &str, lines: &str) {
        for (name, value) in lines.lines().filter_map(|line| line.split_once('=')) {
            if let Ok(value) = value.trim().parse() {
                self.add(&format!("{prefix}.{}", name.trim()), value);
            }
        }
    }

    /// The middle value; nothing where nothing was measured.
    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        let mut values = self.0.get(name)?.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// The difference of two medians.
    pub(crate) fn beyond(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.median(one)? - self.median(other)?)
    }

    /// How many times the other median the one is.
    pub(crate) fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.median(one)? / self.median(other)?)
    }
}

/// Stands for what was not measured.
const NOTHING: &str = "–";

/// A row of the table: what, the figure, what it is compared with, the budget.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    pub(crate) beside: String,
    pub(crate) budget: &'static str,
}

impl Row {
    pub(crate) fn is_measured(&self) -> bool {
        self.figure != NOTHING
    }
}

/// The table as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from("| what | measured | beside | budget |\n|---|---|---|---|\n");
    for row in rows {
        text += &format!("| {} | {} | {} | {} |\n", row.what, row.figure, row.beside, row.budget);
    }
    text
}

/// A figure with its unit, or a dash where it was not measured.
pub(crate) fn shown(value: Option<f64>, unit: &str) -> String {
    match value {
        None => NOTHING.to_owned(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0} {unit}").trim_end().to_owned(),
        Some(value) => format!("{value:.1} {unit}").trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios_of_what_was_measured() {
        let mut figures = Figures::default();
        figures.add_lines("ours", "import=30.5\nnoise\nimport = 10\nimport=20\nother=x");
        figures.add_time("curl", Duration::from_millis(25));
        assert_eq!(figures.median("ours.import"), Some(20.0));
        assert_eq!(figures.beyond("curl", "ours.import"), Some(5.0));
        assert_eq!(figures.ratio("curl", "ours.import"), Some(1.25));
        assert_eq!(figures.median("curl"), Some(25.0));
        assert_eq!(figures.median("ours.other"), None);
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        assert_eq!(shown(Some(2.0), ""), "2.0");
        assert_eq!(shown(None, "ms"), "–");
        assert_eq!(shown(Some(12.34), "ms"), "12.3 ms");
        assert_eq!(shown(Some(123_456.0), "/s"), "123456 /s");
    }
}
