//! Gradient descent on the factors of a matrix: what it conserves, when it finds the least nuclear norm, and when not.
//!
//! Gunasekar, Woodworth, Bhojanapalli, Neyshabur, Srebro 2017 (NeurIPS): X = UV' is fitted to observed entries by
//! gradient flow on U and V from a small start. They *conjecture* that the limit has the least nuclear norm of all
//! completions, and prove it for measurements that commute. Li, Luo, Lyu 2021 (ICLR) refute the conjecture: from a
//! vanishing start the flow adds one rank after the other.
//!
//! f = Σ_Ω (X - M)² without a half, G = 2 P_Ω(X - M); U' = -GV, V' = -G'U in plain time t; D = U'U - V'V.

mod commuting;
mod controls;
mod discrete;
mod exponents;
mod figures;
mod greedy;
mod hypotheses;
mod identities;
mod obstructions;
mod on_data;
mod path_length;
pub(crate) mod recovery;
mod spectra;
mod zeros;

use self::commuting::{
    VANISHING, commuting_measurements, entries, least_trace, logarithm_of_entries, one, one_from_a_large_start,
    one_from_vanishing_starts, span_of_entries, three,
};
use self::controls::{eigenvalues_of_a_large_start, general_form};
use self::discrete::{discrete_steps_follow_the_flow, drift_of_a_step};
use self::exponents::{
    four_by_four, limit_half, limit_two, nuclear_norm_limit, rank_one_against_nuclear_norm, rate_in_alpha, rates,
    trace_is_not_minimised,
};
use self::greedy::{greedy, greedy_ranks};
use self::hypotheses::{verify_balance, verify_commuting, verify_inner_dimension, verify_small_start};
use self::identities::{
    balance_is_conserved, balanced, determinant_keeps_its_sign, factor_flow, induced_by_any, induced_by_balanced,
    induced_flow, lifted, modes, one_entry, sigmoidal_modes, squares, unbalanced,
};
use self::obstructions::{
    barrier, determinant_barrier, diverging, diverging_norms, loss_that_stays, staying, trapped, trapped_start,
};
use self::path_length::{lengths, path_length};
use self::recovery::{recovery, trials};
use self::spectra::{rows, vectors_and_spectra};
use self::zeros::{
    direct_parameterisation, full_width, hidden_half, infinitely_many_zeros, loss_of_too_narrow_factors, minima,
    minimum_nuclear_norm, too_narrow,
};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::problem::table::Holes;
use theoremcheck::theorem::{Control, DataOption, Hypothesis, Kind, OnData, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "matrix-factorization",
    title: "Gradient descent on factors, and the least nuclear norm",
    says: "Let X = UV' be fitted to the observed entries of M by gradient flow on U and V. Proved: the flow of X, the \
           conservation of D = U'U - V'V, the law of the determinant; and that from αI with measurements of X = UU' that \
           commute the limit is, as α goes to 0, a positive semidefinite solution of least nuclear norm, if there are any. \
           Conjectured in 2017 for all measurements, and refuted in 2021. Entries that share a row or a column do not commute.",
    symbols: &[
        ("M, Ω, P_Ω", "the matrix, its observed entries, and the projection that sets the others to 0"),
        ("U, V, r", "factors with r columns, X = UV'; |·| is the Frobenius norm, X' the transpose of X"),
        ("f, G", "Σ_Ω (X - M)², and 2 P_Ω(X - M), its gradient in X; the flow is U' = -GV, V' = -G'U"),
        ("D", "U'U - V'V, the imbalance; a start with D = 0 is balanced"),
        ("W", "UV^-1 for square factors; the polar factor of X if they are balanced"),
        ("α", "the size of the start: identity start U = V = αI, lifted start U = [αI, 0], V = [0, αI]"),
        ("A_k, y_k", "measurements <A_k, X> = y_k of a positive semidefinite X = UU'"),
        ("λ_i, ν", "eigenvalues of X, and the multiplier in λ_i = α² e^(ν a_i) for one measurement Q diag(a) Q'"),
        ("η", "the step size of gradient descent"),
    ],
    cites: &["gunasekar-2017", "li-luo-lyu-2021"],
    hypotheses: &[
        Hypothesis {
            id: "balance",
            says: "U'U = V'V at the start. Needed where UU' and VV' are written as √(XX') and √(X'X), and for the sign \
                   of det X.",
            verify: verify_balance,
            only_sufficient: None,
        },
        Hypothesis { id: "small-start", says: "α tends to 0.", verify: verify_small_start, only_sufficient: None },
        Hypothesis {
            id: "commuting",
            says: "The measurements A_k are symmetric and commute; X = UU' starts at a multiple of the identity.",
            verify: verify_commuting,
            only_sufficient: None,
        },
        Hypothesis {
            id: "inner-dimension",
            says: "r is at least the rank of some completion; r = min(rows, cols) is enough.",
            verify: verify_inner_dimension,
            only_sufficient: None,
        },
    ],
    steps: &[&[
        Step {
            id: "infinitely-many-zeros",
            says: "With r = min(rows, cols) every completion is a zero of the loss, and each has infinitely many \
                   factors: UT and V T'^-1 have the same product for every invertible T.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &["N11"],
            claims: |lab, c| infinitely_many_zeros(&*lab.run(full_width)?, c),
        },
        Step {
            id: "factor-flow",
            says: "The gradient of f in U is GV and in V is G'U: the flow is U' = -GV, V' = -G'U.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &["N13"],
            claims: |lab, c| {
                factor_flow(&*lab.run(unbalanced)?, c);
                Ok(())
            },
        },
        Step {
            id: "induced-flow",
            says: "X = UV' obeys X' = -(UU'G + GVV'), and of balanced factors X' = -(√(XX')G + G√(X'X)): a flow of X \
                   alone, preconditioned by X itself.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &["N14"],
            claims: |lab, c| {
                induced_flow(&*lab.run(|seed| induced_by_any(unbalanced(seed)?))?, c);
                induced_flow(&*lab.run(|seed| induced_by_balanced(balanced(seed)?))?, c);
                Ok(())
            },
        },
        Step {
            id: "balance-is-conserved",
            says: "D = U'U - V'V does not change along the flow.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &["N15"],
            claims: |lab, c| {
                let (balanced, unbalanced) = (lab.run(balanced)?, lab.run(unbalanced)?);
                balance_is_conserved(&[("balanced", &balanced), ("not balanced", &unbalanced)], c);
                Ok(())
            },
        },
        Step {
            id: "drift-of-a-step",
            says: "A step of gradient descent changes D by η²(V'G'GV - U'GG'U), exactly; over a fixed time the change \
                   over η tends to the integral of (V'G'GV - U'GG'U) along the flow, at first order in η.",
            kind: Kind::Refinement,
            standing: Standing::ProvedHere,
            notes: &["N15"],
            claims: |lab, c| drift_of_a_step(&*lab.run(unbalanced)?, c),
        },
        Step {
            id: "determinant-keeps-its-sign",
            says: "For square factors the rate of log|det X| is -tr((V'^-1 U' + V U^-1) G); if they are balanced it is \
                   -2 tr(W'G) with the polar factor W of X, which is finite, and det X never reaches 0 if it does not \
                   start there.",
            kind: Kind::Refinement,
            standing: Standing::ProvedHere,
            notes: &[],
            claims: |lab, c| {
                let (balanced, squares, lifted) = (lab.run(balanced)?, lab.run(squares)?, lab.run(lifted)?);
                determinant_keeps_its_sign(&balanced, &squares, &lifted, &*lab.once(one_entry)?, c)
            },
        },
        Step {
            id: "sigmoidal-modes",
            says: "Of a diagonal M with entries m ≥ 5α², observed in full, each entry goes from αI by itself from α² \
                   to m along m/(1 + (m/α² - 1) e^(-4mt)): the largest first, each at half of m at time log(m/α² - \
                   1)/(4m).",
            kind: Kind::Refinement,
            standing: Standing::Proved { cite: "saxe-2014" },
            notes: &[],
            claims: |lab, c| {
                sigmoidal_modes(&*lab.once(modes)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "discrete-steps-follow-the-flow",
            says: "Gradient descent ends at a completion that differs from the flow's by a multiple of η, to first \
                   order.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |_, c| discrete_steps_follow_the_flow(&mut c.of_fixed_data()),
        },
        Step {
            id: "direct-parameterisation",
            says: "Gradient descent on X itself moves each observed entry to M like (1 - 2η)^k and leaves the others: \
                   from 0 it ends at the completion of least Frobenius norm.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &["N18"],
            claims: |lab, c| direct_parameterisation(&*lab.run(hidden_half)?, c),
        },
        Step {
            id: "minimum-nuclear-norm",
            says: "The least nuclear norm is known from both sides: <Y, M>/c below, for Y supported on Ω with |Y|_op ≤ \
                   c, and (|U|² + |V|²)/2 + √n |P_Ω(M - UV')| above.",
            kind: Kind::Proof,
            standing: Standing::ProvedHere,
            notes: &[],
            claims: |lab, c| minimum_nuclear_norm(&*lab.run(minima)?, c),
        },
        Step {
            id: "commuting-measurements",
            says: "If the measurements commute, log(X/α²) stays in their span, at every α and every time: the limit \
                   minimises tr(X log X - X) - 2 log(α) tr X over the positive semidefinite solutions, if there are \
                   any.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "gunasekar-2017" },
            notes: &["N12"],
            claims: |lab, c| {
                commuting_measurements(&*lab.run(one)?, &*lab.run(three)?, c);
                Ok(())
            },
        },
        Step {
            id: "least-trace",
            says: "As α goes to 0 that limit has the least trace, which is the nuclear norm; for one measurement Q \
                   diag(1, h, -g) Q', 0 < h < 1, g > 0, the other eigenvalues vanish like α^(2(1-h)) y^h and \
                   α^(2(1+g)) y^-g.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "gunasekar-2017" },
            notes: &["N12"],
            claims: |lab, c| {
                for end in &lab.run(one_from_vanishing_starts)?.ends {
                    least_trace(end, end.alpha, c);
                }
                Ok(())
            },
        },
        Step {
            id: "nuclear-norm-limit",
            says: "The notes: from αI, as α goes to 0, the flow ends at the completion of least nuclear norm. So it \
                   does on [[*, 1], [1, 2]], where that completion has rank one.",
            kind: Kind::Proof,
            standing: Standing::Refuted { by: "rank-one-against-nuclear-norm" },
            notes: &["N12"],
            claims: |lab, c| {
                nuclear_norm_limit(&*lab.once(limit_two)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "rank-one-against-nuclear-norm",
            says: "On [[*, 1], [1, 1/2]] the limit is again of rank one, x_11 = 2 with nuclear norm 5/2, while x_11 = \
                   1/2 has nuclear norm 2.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |lab, c| {
                rank_one_against_nuclear_norm(&*lab.once(limit_half)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "rate-in-alpha",
            says: "Where the orbit of rank one ends at a completion, the error is of order α^p with p = 2(1 - \
                   s_2/s_1), s_1 > s_2 the singular values of P_Ω(M), from lifted starts; from αI on 2 × 2 data, if \
                   the first mode grows, p = 2(1 - sgn(det P_Ω(M)) s_2/s_1).",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |lab, c| {
                rate_in_alpha(&*lab.once(rates)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "trace-is-not-minimised",
            says: "The conjecture for positive semidefinite matrices fails too, as Li, Luo and Lyu showed: on a 4 × 4 \
                   problem with R > 1 the trace tends to 2R² + 2 and not to 4R.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |lab, c| {
                trace_is_not_minimised(&*lab.once(four_by_four)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "trapped-start",
            says: "From αI symmetric data keep U = V: X stays positive semidefinite, and of M observed in full \
                   negative eigenvalues are never fitted.",
            kind: Kind::Counterexample,
            standing: Standing::ProvedHere,
            notes: &["N12"],
            claims: |lab, c| {
                trapped_start(&*lab.run(trapped)?, c);
                Ok(())
            },
        },
        Step {
            id: "loss-that-stays",
            says: "On [[*, 1], [1, -1/2]] from αI completions exist, and yet f tends to 1/4 while x_11² = 4t + 4√t + \
                   O(log t); the lifted start fits.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |lab, c| {
                loss_that_stays(&*lab.once(staying)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "determinant-barrier",
            says: "A 2 × 2 matrix with det M < 0, observed in full, is not reached from αI: det X > 0 keeps f above \
                   σ_2². In doubles rounding carries X across.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N12"],
            claims: |lab, c| {
                determinant_barrier(&*lab.once(barrier)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "diverging-norms",
            says: "On [[*, 1], [1, 0]] from balanced factors with det X > 0 every norm of X diverges if the loss \
                   vanishes. From αI, formally, it vanishes, and x_11 grows like (12t)^(1/3).",
            kind: Kind::Counterexample,
            standing: Standing::Proved { cite: "razin-cohen-2020" },
            notes: &["N12"],
            claims: |lab, c| {
                diverging_norms(&*lab.once(diverging)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "path-length",
            says: "The notes: as α goes to 0 the flow is a geodesic of least nuclear-norm length. On [[*, 1], [1, \
                   1/2]] its path is longer than the straight line to where it ends.",
            kind: Kind::Counterexample,
            standing: Standing::Refuted { by: "path-length" },
            notes: &["N16"],
            claims: |lab, c| {
                path_length(&*lab.once(lengths)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "greedy-ranks",
            says: "From a small lifted start the modes m_k of a matrix observed in full are learned one after the \
                   other, in their order, each at half of m_k at time log(2m_k/α²)/(4m_k), to leading order.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &[],
            claims: |lab, c| {
                greedy_ranks(&*lab.run(greedy)?, c);
                Ok(())
            },
        },
        Step {
            id: "vectors-and-spectra",
            says: "Eigenvalues under commuting measurements move as the weights of a diagonal network; large lifted \
                   starts end at the least Frobenius norm, up to α^-4. Eigenvectors, which may turn unless \
                   measurements commute, have no counterpart among coordinates.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N17"],
            claims: |lab, c| {
                vectors_and_spectra(&*lab.run(rows)?, c);
                Ok(())
            },
        },
        Step {
            id: "recovery",
            says: "On seeded matrices of rank two the direct parameterisation more often than not recovers hidden \
                   entries worse than factors and than the least nuclear norm, in the cells with more observations \
                   than degrees of freedom.",
            kind: Kind::Refinement,
            standing: Standing::Observed,
            notes: &["N18"],
            claims: |lab, c| {
                recovery(&trials(lab, if lab.long() { 50 } else { 8 })?, lab.long(), c);
                Ok(())
            },
        },
    ]],
    controls: &[
        Control {
            without: "inner-dimension",
            refutes: "infinitely-many-zeros",
            on: "f of the factors of a completion",
            says: "With r = 2 the 3 × 3 identity cannot be fitted: the loss is at least 1, the square of what is left \
                   out.",
            claims: |lab, c| infinitely_many_zeros(&*lab.once(too_narrow)?, &mut c.of_fixed_data()),
            instead: |lab, c| loss_of_too_narrow_factors(&*lab.once(too_narrow)?, &mut c.of_fixed_data()),
        },
        Control {
            without: "balance",
            refutes: "induced-flow",
            on: "√(XX'), √(X'X), t = 4",
            says: "Factors that are not balanced do not follow the flow with √(XX') and √(X'X); they follow the one \
                   with UU' and VV'.",
            claims: |lab, c| {
                induced_flow(&*lab.run(|seed| induced_by_balanced(unbalanced(seed)?))?, c);
                Ok(())
            },
            instead: |lab, c| {
                general_form(&*lab.run(|seed| induced_by_any(unbalanced(seed)?))?, c);
                Ok(())
            },
        },
        Control {
            without: "small-start",
            refutes: "least-trace",
            on: "α = 0.000001: tr X over the least trace y",
            says: "From α = .3 the trace ends a tenth above the least; it is where the exact formula says.",
            claims: |lab, c| {
                least_trace(&lab.run(one_from_a_large_start)?.ends[0], VANISHING, c);
                Ok(())
            },
            instead: |lab, c| {
                eigenvalues_of_a_large_start(&lab.run(one_from_a_large_start)?.ends[0], c);
                Ok(())
            },
        },
        Control {
            without: "commuting",
            refutes: "commuting-measurements",
            on: "α = 0.03: unobserved entry of log(X/α²)",
            says: "The entries of [[*, 1], [1, 1/2]] do not commute: log(X/α²) leaves their span, by an amount that \
                   grows with log(1/α).",
            claims: |lab, c| {
                span_of_entries(&*lab.once(entries)?, &mut c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                logarithm_of_entries(&*lab.once(entries)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
    ],
    figures: figures::FIGURES,
    sources: &[
        ("theorems/matrix_factorization/mod.rs", include_str!("mod.rs")),
        ("theorems/matrix_factorization/commuting.rs", include_str!("commuting.rs")),
        ("theorems/matrix_factorization/controls.rs", include_str!("controls.rs")),
        ("theorems/matrix_factorization/discrete.rs", include_str!("discrete.rs")),
        ("theorems/matrix_factorization/identities.rs", include_str!("identities.rs")),
        ("theorems/matrix_factorization/exponents.rs", include_str!("exponents.rs")),
        ("theorems/matrix_factorization/greedy.rs", include_str!("greedy.rs")),
        ("theorems/matrix_factorization/obstructions.rs", include_str!("obstructions.rs")),
        ("theorems/matrix_factorization/path_length.rs", include_str!("path_length.rs")),
        ("theorems/matrix_factorization/recovery.rs", include_str!("recovery.rs")),
        ("theorems/matrix_factorization/spectra.rs", include_str!("spectra.rs")),
        ("theorems/matrix_factorization/zeros.rs", include_str!("zeros.rs")),
    ],
    trajectories,
    on_data: Some(OnData {
        says: "The flow of factors on a matrix with missing entries (empty, * or nan), beside the certified least nuclear norm.",
        options: &[
            DataOption { name: "alpha", value: Some("A"), says: "Size of the start, above 0. [default: 0.001]" },
            DataOption {
                name: "start",
                value: Some("identity|lifted"),
                says: "U and V with α where row and column are equal, or U = [αI, 0] and V = [0, αI]. [default: identity]",
            },
            DataOption { name: "rank", value: Some("R"), says: "Keep the first R columns of the factors only." },
            DataOption { name: "drop-columns", value: Some("N"), says: "Leave out the first N columns of the table." },
            DataOption {
                name: "hide",
                value: Some("SHARE"),
                says: "Hide a share of the observed entries, and say how well each method finds them.",
            },
            DataOption { name: "seed", value: Some("N"), says: "Which entries are hidden. [default: 1]" },
            DataOption {
                name: "time",
                value: Some("T"),
                says: "Stop the flow at time T. [default: when the loss vanishes or stalls]",
            },
        ],
        holes: Holes::Allowed,
        run: on_data::run,
    }),
};

/// The flows without a decomposition in them.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in [&*lab.run(balanced)?, &*lab.run(unbalanced)?, &*lab.run(squares)?, &lab.once(modes)?.run] {
        for at in &run.moments {
            digest.fold(&at.factors.u);
            digest.fold(&at.factors.v);
        }
    }
    for end in &lab.run(one)?.ends {
        digest.fold(&end.lambda);
    }
    Ok(())
}
