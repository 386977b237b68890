//! What is assumed, and what happens where it does not hold.

use super::classification::{first_step_stays, one_support_vector, time_is_rescaled, two_steps};
use super::hyperbola::{Sample, at_sharp_minima, samples, sharpness_below_the_bound, stays_at_sharp_minima};
use super::large::unstable;
use super::linear::{any_schedule, growth, schedules, schedules_too_long};
use theoremcheck::real::norm;
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::theorem::{Control, Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "steps-below-the-bound",
        says: "On least squares all steps lie in [ε, 2/σ_1² - ε] for an ε > 0.",
        verify: |lab| {
            let [least, most] = lab.run(schedules)?.range();
            Ok(Finding {
                holds: least > 0.0 && most < 2.0,
                detail: format!("η σ_1² is between {least:.3} and {most:.3}"),
            })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "spanning-support",
        says: "On separable data the support vectors span the space.",
        verify: |lab| {
            let reference = max_margin(&lab.run(two_steps)?.points)?;
            let support = reference.alpha.iter().filter(|alpha| **alpha > 0.0).count();
            Ok(Finding {
                holds: support == 2,
                detail: format!("{support} support vectors in the plane, with positive multipliers"),
            })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "generic-start",
        says: "On (u v - 1)²/2 the start is not in the null set of those from which u v = 1 after finitely many steps.",
        verify: |lab| {
            let samples = lab.run(samples)?;
            let exact = samples.iter().flat_map(Sample::ended).filter(|(_, [u, v])| u * v == 1.0).count();
            Ok(Finding {
                holds: samples.iter().all(|sample| sample.runs.iter().all(|run| run.start[0] * run.start[1] != 1.0)),
                detail: format!(
                    "no start has u v = 1, which alone is looked at; {exact} runs ended where the rounded u v is 1"
                ),
            })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "unit-ball",
        says: "For the bound on the first phase, |x| ≤ 1, the loss is a mean, and w_0 = 0.",
        verify: |lab| {
            let runs = lab.run(unstable)?;
            let radius = runs.iter().flat_map(|run| run.points.rows()).map(norm).fold(0.0, f64::max);
            Ok(Finding { holds: radius <= 1.0, detail: format!("the longest point has length {radius:.4}") })
        },
        only_sufficient: Some(
            "Points R times as long with a step η are the points themselves with a step R² η: a bound with that step holds. The bound \
             leaves so much room that no run here comes near it.",
        ),
    },
];

pub const CONTROLS: &[Control] = &[
    Control {
        without: "steps-below-the-bound",
        refutes: "any-schedule",
        on: "constant steps: |w - w∞|",
        says: "All steps are a little above 2/σ_1². The component of w - w∞ along v_1, if it is not 0, grows by the factor \
               |1 - η_j σ_1²| in each.",
        claims: |lab, c| lab.run(schedules_too_long).map(|run| any_schedule(&run, c)),
        instead: |lab, c| lab.run(schedules_too_long).map(|run| growth(&run, c)),
    },
    Control {
        without: "spanning-support",
        refutes: "time-is-rescaled",
        on: "w_2(η) - w_2(η') at T",
        says: "On (p,0), (3p,b) the first point alone is a support vector. w_2 never falls below that of the first iterate, η b/2.",
        claims: |lab, c| lab.run(one_support_vector).map(|runs| time_is_rescaled(&runs, c)),
        instead: |lab, c| lab.run(one_support_vector).map(|runs| first_step_stays(&runs, c)),
    },
    Control {
        without: "generic-start",
        refutes: "sharpness-below-the-bound",
        on: "η = ",
        says: "A start at a minimum, however sharp, stays there: (4, 1/4) and (8, 1/8), whose products are exact in binary.",
        claims: |lab, c| lab.run(at_sharp_minima).map(|samples| sharpness_below_the_bound(&samples, c)),
        instead: |lab, c| lab.run(at_sharp_minima).map(|samples| stays_at_sharp_minima(&samples, c)),
    },
];
