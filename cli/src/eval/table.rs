//! Formats figures for people.

/// A share in per cent.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// Mean and median in per cent.
pub fn both([mean, median]: [f64; 2]) -> String {
    format!("{} / {}", percent(mean), percent(median))
}

/// Aligns the cells in columns: the first two to the left, as words, the others to the right, as numbers.
pub fn aligned(lines: &[Vec<String>]) -> Vec<String> {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, &width))| if i < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    lines.iter().map(line).collect()
}
