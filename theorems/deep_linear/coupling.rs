//! Entries of the diagonal that are not equal, coupled by the start: the second eigenvalue vanishes like α^N from depth three on.
//!
//! On the plateau Ẋ = 2 Σ_j X^(2(j-1)/N) diag(1, d) X^(2(N-j)/N). Once the larger entry m_1 is learned, X is all but of rank
//! one, and the vector still has to turn towards the smaller, m_2: that takes a time like log(1/α), in which the second
//! eigenvalue goes on at the rate of m_2.

use super::commuting::{coupled_layers, diagonal_observed};
use super::end_to_end::TIGHT;
use super::rank::{log_second, plateau_from};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::deep::completion_flow;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{exp, ln, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "unequal-entries",
    says: "The diagonal (1, d), d > 0, d ≠ 1, is observed and X starts at α^N [[1, c], [c, 1]], 0 < c < 1, with equal layers. \
           If N ≥ 3, then for the limit of the flow α^(N-2) λ_2^-(1-2/N) tends to K as α goes to 0, where K is what \
           Ẋ = 2 Σ_j X^(2(j-1)/N) diag(1, d) X^(2(N-j)/N) from [[1, c], [c, 1]] leaves of λ_2^-(1-2/N) when λ_1 is infinite: \
           rank one. With m_1 > m_2 for the two entries, the next term is \
           -(N-2) (1 - m_2/m_1) m_1^-(1-2/N) α^(N-2) log(1/α).",
    kind: Kind::Refinement,
    standing: Standing::Formal,
    notes: &["N19"],
    claims: |lab, c| {
        lab.run(unequal)?.iter().for_each(|unequal| unequal_entries(unequal, c));
        Ok(())
    },
}];

/// Three starts that halve, and log λ_2 where the flow ends.
pub(super) struct Unequal {
    depth: usize,
    c: f64,
    d: f64,
    /// K.
    constant: Quantity,
    ends: Vec<(f64, Quantity)>,
}

pub(super) fn unequal(seed: Seed) -> Result<Vec<Unequal>> {
    let run = |depth: usize| -> Result<Unequal> {
        let stream = &mut seed.stream("deep-linear", &format!("unequal entries, N = {depth}"));
        let c = stream.uniform(0.3, 0.7);
        let d = if depth == 3 { stream.uniform(0.35, 0.5) } else { stream.uniform(2.5, 3.2) };
        let first = if depth == 3 { stream.uniform(0.003, 0.005) } else { stream.uniform(0.02, 0.03) };
        let n = depth as f64;
        let (largest, least) = (d.max(1.0), d.min(1.0));
        let on_plateau = plateau_from([1.0, c, c, 1.0], [1.0, 0.0, 0.0, d], largest, depth)?;
        let problem = diagonal_observed(d);
        let end = |alpha: f64| -> Result<(f64, Quantity)> {
            let start = coupled_layers(c, depth, alpha);
            // The vector turns like e^(2 m_2 t).
            let turns = (ln(1.0 / alpha) + 40.0) / least;
            let time = pow(alpha, 2.0 - n) * on_plateau.time + turns;
            let at = completion_flow(&problem, &start, &[time], TIGHT)?.remove(0);
            Ok((alpha, log_second(&at, alpha)))
        };
        let ends = [1.0, 0.5, 0.25].map(|part| end(part * first));
        Ok(Unequal { depth, c, d, constant: on_plateau.constant, ends: ends.into_iter().collect::<Result<_>>()? })
    };
    [3, 4].into_iter().map(run).collect()
}

/// The term after the logarithm is a multiple of α^(N-2). K without either is told by two starts that halve, the coefficient
/// of the logarithm by K and two starts. What is left comes from the square of the angle that the vector has still to turn,
/// α^(1 - m_2/m_1) when the larger entry is learned: its power is known, and its size from a third start.
pub(super) fn unequal_entries(unequal: &Unequal, claims: &mut Claims) {
    let Unequal { depth, c, d, constant, ends } = unequal;
    let n = *depth as f64;
    let (m_1, m_2) = (d.max(1.0), d.min(1.0));
    let power = 1.0 - 2.0 / n;
    let of_logarithm = (n - 2.0) * (1.0 - m_2 / m_1) * pow(m_1, -power);
    let scale = |k: usize| pow(ends[k].0, n - 2.0);
    let kept = |k: usize| {
        let second = &ends[k].1;
        let value = scale(k) * exp(-power * second.value);
        Quantity::new(value, second.slack.clone().times(power * value))
    };
    let name = format!("N = {depth}, c = {c:.2}, d = {d:.2}");
    let ratio = pow(2.0, n - 2.0);
    let with_logarithm = |k: usize| kept(k) - scale(k) * of_logarithm * ln(ends[k].0);
    let without = |k: usize| (with_logarithm(k + 1) * ratio - with_logarithm(k)) / (ratio - 1.0);
    // A power p falls by 2^-p from one pair of starts to the next: of what it fell by, the part 1/(2^p - 1) is left.
    let left = |[before, last]: [&Quantity; 2], p: f64| {
        Slack::next_term((last.value - before.value) / (pow(2.0, p) - 1.0), 2.0)
    };
    let angle = 2.0 * (1.0 - m_2 / m_1);
    let [before, last] = [without(0), without(1)];
    let beyond = left([&before, &last], n - 2.0 + angle);
    claims.equal(
        format!("{name}: α^(N-2) λ_2^-(1-2/N) without its terms in α^(N-2)"),
        last,
        constant.value,
        constant.slack.clone() + beyond + Slack::rounding(32.0, constant.value),
    );
    let below = |k: usize| (constant.clone() - kept(k)) / scale(k);
    let slope = |k: usize| (below(k + 1) - below(k)) / ln(2.0);
    let [before, last] = [slope(0), slope(1)];
    let beyond = left([&before, &last], angle);
    claims.equal(
        format!("{name}: (K - α^(N-2) λ_2^-(1-2/N)) α^-(N-2), its slope in log(1/α)"),
        last,
        of_logarithm,
        beyond + Slack::rounding(32.0, of_logarithm),
    );
}
