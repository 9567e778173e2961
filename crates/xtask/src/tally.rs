//! What passed, what failed, what was left out and why.

use std::fmt::Display;
use std::ops::AddAssign;
use std::process::ExitCode;

/// Counts of one kind of test.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The sum over everything that `test` runs.
#[derive(Default)]
pub(crate) struct Tally {
    rows: Vec<(String, Counts)>,
    left_out: Vec<(String, String)>,
}

impl Tally {
    /// Adds the counts of one kind of test.
    pub(crate) fn add(&mut self, area: &str, counts: Counts) {
        self.rows.push((area.to_owned(), counts));
    }

    /// Adds one check that is right or wrong as a whole.
    pub(crate) fn check(&mut self, area: &str, result: &crate::Result) {
        let failed = u64::from(result.is_err());
        if let Err(error) = result {
            println!("FAILED {area}: {error}");
        }
        self.add(area, Counts { passed: 1 - failed, failed, skipped: 0 });
    }

    /// Notes that an area did not run. The last line counts it as skipped; it does not fail the run.
    pub(crate) fn leave_out(&mut self, area: &str, reason: &str) {
        let note = (area.to_owned(), reason.to_owned());
        if !self.left_out.contains(&note) {
            self.left_out.push(note);
        }
    }

    fn total(&self) -> Counts {
        let mut total = Counts { skipped: self.left_out.len() as u64, ..Counts::default() };
        self.rows.iter().for_each(|(_, counts)| total += *counts);
        total
    }

    /// Prints the table, what was left out, and the total as the last line.
    pub(crate) fn finish(&self) -> ExitCode {
        println!("\n== what was run");
        for (area, counts) in &self.rows {
            println!("{area:<28} {counts}");
        }
        for (area, reason) in &self.left_out {
            println!("left out: {area}: {reason}");
        }
        let total = self.total();
        println!("\n{total}");
        if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_adds_rows_checks_and_what_was_left_out() {
        let mut tally = Tally::default();
        tally.add("Rust", Counts { passed: 40, failed: 1, skipped: 2 });
        tally.check("format", &Ok(()));
        tally.check("lints", &Err("two warnings".into()));
        tally.leave_out("Pester", "no PowerShell");
        tally.leave_out("Pester", "no PowerShell");
        assert_eq!(tally.total().to_string(), "41 passed, 2 failed, 3 skipped");
    }

    #[test]
    fn nothing_skipped_is_not_mentioned() {
        assert_eq!(Counts { passed: 3, ..Counts::default() }.to_string(), "3 passed, 0 failed");
    }
}
