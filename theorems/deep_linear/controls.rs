//! What happens instead, where a hypothesis is broken.

use super::commuting::{
    commuting_measurements, coupling_by_depth, couplings, eigenvalues, entries, from_a_large_start, least_trace,
};
use super::end_to_end::{end_to_end_flow, general_form, unbalanced_networks};
use super::rank::{Corner, End, end, extrapolated};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::evidence::DECISIVE;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{exp, largest, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "balance",
        refutes: "end-to-end-flow",
        on: "N = 3, t = 0.000: max |Ẋ",
        says: "Layers that are not balanced need not give the flow of X alone; they give the one with the products of the layers \
               themselves, Ẋ = -Σ_j L_j L_j' G R_j' R_j with L_j = W_N .. W_(j+1) and R_j = W_(j-1) .. W_1.",
        claims: |lab, c| lab.run(unbalanced_networks)?.iter().try_for_each(|run| end_to_end_flow(run, c)),
        instead: |lab, c| {
            for run in lab.run(unbalanced_networks)?.iter() {
                let rounding = Slack::rounding(64.0, 1.0);
                let imbalance = largest(run.start.imbalances().concat());
                let what = format!("N = {}: max |D_j| at the start", run.start.depth());
                c.at_least(what, imbalance, DECISIVE * rounding.total(), rounding).on("1", 1.0);
                general_form(run, c);
            }
            Ok(())
        },
    },
    Control {
        without: "small-start",
        refutes: "least-trace",
        on: "N = 3, α = 1.0e-3: tr X over",
        says: "For one measurement with some a_i < a_1, layers of about I/2 leave the trace above the least at every depth; the \
               eigenvalues are where the exact formula has them.",
        claims: |lab, c| {
            lab.run(from_a_large_start)?.iter().for_each(|single| least_trace(single, VANISHING, c));
            Ok(())
        },
        instead: |lab, c| {
            lab.run(from_a_large_start)?.iter().for_each(|single| eigenvalues(single, c));
            Ok(())
        },
    },
    Control {
        without: "commuting",
        refutes: "commuting-measurements",
        on: "N = 3",
        says: "The entries of [[*, 1], [1, d]], d > 0, do not commute: formally, at depth N ≥ 3 the unobserved entry of \
               α^-(N-2) I - X^-(1-2/N) for the limit X grows like α^-(N-2) as α goes to 0, with a constant that is known.",
        claims: |lab, c| lab.run(entries)?.iter().try_for_each(|measured| commuting_measurements(measured, c)),
        instead: |lab, c| {
            lab.run(clocks_of_entries)?.iter().for_each(|clocks| clock_of_the_hidden_entry(clocks, c));
            Ok(())
        },
    },
    Control {
        without: "commuting-start",
        refutes: "commuting-measurements",
        on: "N = 3",
        says: "The diagonal (1, d) is observed, two measurements that commute, and X starts at α^N [[1, c], [c, 1]], 0 < c < 1: the limit \
               keeps the coupling c at depth 2, d > 0, and tends to rank one as α goes to 0 at depths 3 and 4, d = 1.",
        claims: |lab, c| {
            lab.run(couplings)?.iter().try_for_each(|coupling| commuting_measurements(&coupling.measured()?, c))
        },
        instead: |lab, c| {
            lab.run(couplings)?.iter().for_each(|coupling| coupling_by_depth(coupling, c));
            Ok(())
        },
    },
];

/// The start that is taken to vanish where it does not.
const VANISHING: f64 = 1e-3;

/// [[*, 1], [1, d]] from four starts that halve.
pub struct ClocksOfEntries {
    corner: Corner,
    ends: Vec<End>,
}

fn clocks_of_entries(seed: Seed) -> Result<Vec<ClocksOfEntries>> {
    let stream = &mut seed.stream("deep-linear", "clocks of entries");
    let mut clocks = |depth: usize, from: f64| -> Result<ClocksOfEntries> {
        let corner = Corner { b: 1.0, d: stream.uniform(0.4, 0.8) };
        let first = from * stream.uniform(0.8, 1.2);
        let ends = [1.0, 0.5, 0.25, 0.125].map(|part| end(corner, depth, part * first));
        Ok(ClocksOfEntries { corner, ends: ends.into_iter().collect::<Result<_>>()? })
    };
    Ok(vec![clocks(3, 0.02)?, clocks(4, 0.1)?])
}

/// X tends to (1, d)(1, d)'/d, and its second eigenvector to (-d, 1)/√(1 + d²): with σ_2^-(1-2/N) = (1 + s_2/s_1) α^-(N-2) the
/// entry is 1 - (1 + s_2/s_1) d²/(1 + d²), over α^(N-2). The next term is a constant times α^(N-2).
///
/// Measured, the square of the first entry of the second eigenvector is (x_22 - σ_2)/(σ_1 - σ_2), since x_22 is the mean of σ_2
/// and σ_1 with it as the weight of σ_1.
fn clock_of_the_hidden_entry(ClocksOfEntries { corner, ends }: &ClocksOfEntries, claims: &mut Claims) {
    let (d, n) = (corner.d, ends[0].depth as f64);
    let power = 1.0 - 2.0 / n;
    let scaled = |end: &End| {
        let (unit, least) = (pow(end.alpha, n - 2.0), exp(end.second.value));
        let largest = end.x_11.value + end.x_22 - least;
        let across = (end.x_22 - least) / (largest - least);
        let second = across * pow(least, -power) * unit;
        let first = (1.0 - across) * pow(largest, -power) * unit;
        // An error of x_11 is one of σ_1, and turns the vectors by as much.
        let turned = end.x_11.slack.clone().times((second + first) / (largest - least));
        Quantity::new(1.0 - second - first, end.second.slack.clone().times(power * second) + turned)
    };
    let (root, across) = ((4.0 + d * d).sqrt(), d * d / (1.0 + d * d));
    let predicted = 1.0 - (1.0 + (root - d) / (root + d)) * across;
    claims.equal(
        format!("N = {n}, d = {d:.2}: unobserved entry of (α^-(N-2) I - X^-(1-2/N)) α^(N-2), extrapolated"),
        extrapolated(ends.iter().map(scaled).collect(), [n - 2.0, n]),
        predicted,
        Slack::rounding(16.0, 1.0),
    );
}
