//! Curves over one axis, and what is written of them.

use std::{fmt::Write, fs, io, path::Path};

use crate::figures::Times;

pub(crate) struct Graph {
    /// The files' name.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    pub(crate) curves: Vec<Curve>,
}

pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Something that is measured: in each round, so many calls.
pub(crate) struct Case<'a> {
    pub(crate) curve: String,
    pub(crate) x: f64,
    /// Measures one round: nanoseconds for all its calls.
    pub(crate) round: Box<dyn FnMut(u64) -> u64 + 'a>,
    pub(crate) calls: u64,
}

/// Measures cases in turn; a curve for each name, in the order of their first.
pub(crate) fn measure(cases: &mut [Case<'_>], rounds: u64) -> Vec<Curve> {
    let count = usize::try_from(rounds).expect("few");
    let mut times: Vec<_> = cases.iter().map(|_| Times::new(count)).collect();
    for round in 0..=rounds {
        eprintln!("round {round} of {rounds}");
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let nanos = (case.round)(round);
            // The first round warms up.
            if round > 0 {
                times.record_nanos(nanos);
            }
        }
    }
    let mut curves: Vec<Curve> = Vec::new();
    for (case, times) in cases.iter().zip(&mut times) {
        let point = (case.x, times.median() as f64 / case.calls as f64 / 1000.0);
        match curves.iter_mut().find(|curve| curve.name == case.curve) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve { name: case.curve.clone(), points: vec![point] }),
        }
    }
    curves
}

impl Graph {
    /// All x of any curve, once each.
    fn places(&self) -> Vec<f64> {
        let mut places: Vec<_> =
            self.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places
    }

    fn lines(&self, between: &str, absent: &str) -> Vec<String> {
        let head = self.curves.iter().map(|curve| curve.name.clone());
        let mut lines = vec![[self.x.to_owned()].into_iter().chain(head).collect::<Vec<_>>().join(between)];
        for x in self.places() {
            let mut cells = vec![x.to_string()];
            for curve in &self.curves {
                let y = curve.points.iter().find(|point| point.0 == x);
                cells.push(y.map_or(absent.to_owned(), |point| format!("{:.3}", point.1)));
            }
            lines.push(cells.join(between));
        }
        lines
    }

    pub(crate) fn write_csv(&self, folder: &Path) -> io::Result<()> {
        // No name has a comma in it.
        fs::write(folder.join(format!("{}.csv", self.name)), self.lines(",", "").join("\n") + "\n")
    }

    pub(crate) fn table(&self) -> String {
        let lines = self.lines(" | ", "–");
        let mut text = format!("\n{} ({}).\n\n", self.title, self.y);
        for (place, line) in lines.iter().enumerate() {
            let _ = writeln!(text, "| {line} |");
            if place == 0 {
                let _ = writeln!(text, "|{}", "--:|".repeat(self.curves.len() + 1));
            }
        }
        text
    }
}
