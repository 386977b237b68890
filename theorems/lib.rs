//! The implicit bias of gradient descent, as theorems that are run: every theorem, in the order in which it is taught.
//!
//! ```
//! use implicit_bias::COURSE;
//! use theoremcheck::{evidence::check, lab::Lab, seed::Seed};
//!
//! let theorem = COURSE.theorem("least-squares").unwrap();
//! let evidence = check(theorem, &Lab::new(Seed(1)), Some("closed-form"), &|_| ());
//! assert!(evidence.holds());
//! ```

use theoremcheck::course::Course;

mod alignment;
mod architecture_norm;
mod deep_linear;
mod diagonal_network;
mod double_descent;
mod early_stopping;
mod homogeneous;
mod interpolation_manifold;
mod least_squares;
mod matrix_factorization;
mod max_margin;
mod multiclass;
mod optimizer_norm;
mod steepest_descent;
mod step_size;

/// The theorems, in the order of the notes.
pub static COURSE: Course = Course {
    name: "theoremcheck",
    about: "The implicit bias of gradient descent, as theorems that are run.",
    seeds: &[1, 2, 3],
    theorems: &[
        &least_squares::THEOREM,
        &interpolation_manifold::THEOREM,
        &max_margin::THEOREM,
        &matrix_factorization::THEOREM,
        &deep_linear::THEOREM,
        &diagonal_network::THEOREM,
        &homogeneous::THEOREM,
        &architecture_norm::THEOREM,
        &steepest_descent::THEOREM,
        &multiclass::THEOREM,
        &optimizer_norm::THEOREM,
        &step_size::THEOREM,
        &early_stopping::THEOREM,
        &double_descent::THEOREM,
        &alignment::THEOREM,
    ],
};

/// What the course notes claim, in our words, by the names that steps give as `notes`.
pub const NOTES: &[(&str, &str)] = &[
    (
        "N1",
        "If many parameters fit the data, gradient descent prefers some of them; which ones, architecture, loss and \
         optimiser decide together.",
    ),
    (
        "N2",
        "The w that fit an underdetermined linear regression are an affine subspace, and gradient descent ends at one \
         point of it.",
    ),
    ("N3", "A network with p parameters that can fit n points has a manifold of dimension p - n of zero loss."),
    ("N4", "On separable data the logistic loss has no finite minimiser: the weights must grow without bound."),
    (
        "N5",
        "The hard-margin problem is convex with one solution, whose margin is the distance of the nearest point from \
         the separating plane.",
    ),
    ("N6", "Gradient descent with any constant step tends to the direction of that solution."),
    ("N7", "First step of the proof: the loss goes to zero and the norm of w to infinity."),
    ("N8", "Second step: only the support vectors keep a share of the gradient."),
    ("N9", "Third step: the direction becomes the combination of support vectors that the KKT conditions prescribe."),
    ("N10", "Logistic regression with a penalty λ|w|² tends to the same direction as λ goes to 0."),
    ("N11", "A matrix with missing entries has infinitely many completions, and each of them infinitely many factors."),
    ("N12", "Gradient descent on factors from αI finds, as α goes to 0, the completion of least nuclear norm."),
    ("N13", "The gradient flow of the factors is U̇ = -GV, V̇ = -G'U."),
    ("N14", "X = UV' then follows a flow of its own, preconditioned by UU' and VV'."),
    ("N15", "What is balanced at the start stays balanced."),
    ("N16", "As α goes to 0 the flow follows a geodesic, of least length in the nuclear norm."),
    (
        "N17",
        "Spectra behave towards the nuclear norm as vectors behave towards the Euclidean norm and the largest margin.",
    ),
    (
        "N18",
        "Gradient descent on the matrix itself finds the completion of least Frobenius norm, which recovers matrices of \
         low rank worse.",
    ),
    ("N19", "Deep linear networks find the least nuclear norm, whatever their depth."),
    ("N20", "Homogeneous networks tend to the direction of a KKT point of the problem of the largest margin."),
    ("N21", "Which norm gradient descent minimises depends on the architecture."),
    ("N22", "To tune the step size is to tune the implicit regulariser."),
    ("N23", "Implicit bias explains a part of double descent."),
    ("N24", "What gradient descent prefers often generalises, and not always."),
];
