//! Counts of tests, and what cargo's "test result:" lines say about them.

use std::ops::AddAssign;

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
    pub ignored: u32,
}

impl Count {
    /// One check and its outcome.
    pub fn one(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into(), ignored: 0 }
    }

    /// Adds up the "test result:" lines of a whole `cargo test`.
    pub fn of_cargo_test(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines() {
            // A test that prints without a newline can push the words away from the start of the line.
            let Some((_, result)) = line.split_once("test result: ") else { continue };
            let Some((_, numbers)) = result.split_once(". ") else { continue };
            for part in numbers.split(';') {
                match part.trim().split_once(' ') {
                    Some((n, "passed")) => sum.passed += n.parse().unwrap_or(0),
                    Some((n, "failed")) => sum.failed += n.parse().unwrap_or(0),
                    Some((n, "ignored")) => sum.ignored += n.parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        sum
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_every_result_line() {
        let output = "\nrunning 3 tests\ntest a ... ok\n\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s\n\
            half a linetest result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n\
            all doctests ran in 0.12s\n";
        assert_eq!(Count::of_cargo_test(output), Count { passed: 13, failed: 2, ignored: 1 });
    }

    #[test]
    fn other_lines_count_for_nothing() {
        for output in ["", "test result: ", "test result: ok. x passed; y failed", "12 passed; 3 failed"] {
            assert_eq!(Count::of_cargo_test(output), Count::default(), "{output:?}");
        }
    }
}
