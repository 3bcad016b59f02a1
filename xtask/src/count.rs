//! Numbers of tests, read from the output of cargo and of Python's unittest.

use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
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

    /// Adds up the "test result:" lines of `cargo test`.
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

    /// Reads the end of a run of unittest: "Ran 5 tests in 0.1s", then "OK (skipped=1)" or "FAILED (failures=1,
    /// errors=2)". An output without that end, or without tests, is a failure.
    pub fn of_unittest(output: &str) -> Self {
        let lines: Vec<&str> = output.lines().collect();
        let ran = |line: &&str| line.strip_prefix("Ran ")?.split_once(" test")?.0.parse::<u32>().ok();
        let end = lines.iter().rposition(|line| ran(line).is_some()).unwrap_or(lines.len());
        let ran = lines.get(end).and_then(ran).unwrap_or(0);
        let verdict = lines[end..].iter().find(|line| line.starts_with("OK") || line.starts_with("FAILED"));
        let (Some(verdict), true) = (verdict, ran > 0) else { return Self::one(false) };
        let details = verdict.split_once('(').map_or("", |(_, details)| details.trim_end_matches(')'));
        let (mut failed, mut ignored) = (0, 0);
        for part in details.split(", ") {
            match part.split_once('=') {
                Some(("failures" | "errors" | "unexpected successes", n)) => failed += n.parse().unwrap_or(1),
                Some(("skipped", n)) => ignored += n.parse().unwrap_or(0),
                _ => {}
            }
        }
        // One test may fail several times, and failures outside a test are not among the tests that ran.
        Self { passed: ran.saturating_sub(failed + ignored), failed, ignored }
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

    #[test]
    fn the_end_of_unittest_is_read() {
        let of = |end: &str| Count::of_unittest(&format!("test_a (x.Y) ... ok\nRan out of ideas\n----\n{end}\n"));
        let count = |passed, failed, ignored| Count { passed, failed, ignored };
        assert_eq!(of("Ran 12 tests in 3.456s\n\nOK"), count(12, 0, 0));
        assert_eq!(of("Ran 1 test in 0.1s\n\nOK\nsome noise of a program that ends"), count(1, 0, 0));
        assert_eq!(of("Ran 12 tests in 3.4s\n\nOK (skipped=2, expected failures=1)"), count(10, 0, 2));
        let failed = "Ran 12 tests in 3.4s\n\nFAILED (failures=1, errors=2, skipped=1, unexpected successes=1)";
        assert_eq!(of(failed), count(7, 4, 1));
        assert_eq!(of("Ran 1 test in 3.4s\n\nFAILED (errors=3)"), count(0, 3, 0));
    }

    #[test]
    fn a_unittest_without_an_end_or_without_tests_has_failed() {
        for output in
            ["", "Ran 3 tests in 1s\n", "OK\n", "Ran 0 tests in 0.0s\n\nNO TESTS RAN\n", "Ran x tests\n\nOK\n"]
        {
            assert_eq!(Count::of_unittest(output), Count::one(false), "{output:?}");
        }
    }
}
