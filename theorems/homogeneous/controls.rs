//! What happens instead, where a hypothesis is broken.

use super::experiments::{Planted, Run, one_neuron_a_class, sign};
use super::identities::{euler_identity, smoothed_margin_rises};
use super::kkt::Kkt;
use super::kkt_points::kkt_direction;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, Moment, log_inverse_loss, pulls};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_2, bisect, dot, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "homogeneity",
        refutes: "euler-identity",
        on: "output bias: max |θ·∇q - D q|",
        says: "A bias b at the output has degree 1, so that θ·∇q = D q - (D - 1) y b. With D = 2 the flow then moves b only like \
               log g, at the rate Σ p_n y_n/4γ of the network without it.",
        claims: |lab, c| {
            let biased = lab.run(output_bias)?;
            let network = &biased.network;
            let scale = (2.0, network.0.points.radius());
            euler_identity("output bias", network, scale, &mut lab.seed().stream("homogeneous", "biased"), c);
            Ok(())
        },
        instead: |lab, c| lab.run(output_bias).map(|biased| bias_grows_slowly(&biased, c)),
    },
    Control {
        without: "exponential-tail",
        refutes: "kkt-direction",
        on: "two points: max |share_n - p_n - ζ_n/g - ..|",
        says: "With ℓ(q) = q^-ν the product of balanced linear layers tends in general to another direction, v ~ Σ (x_n·v)^(-ν-1) \
               x_n, all labels 1, and |θ| grows like t^(1/(Dν + 2)).",
        claims: |lab, c| lab.run(polynomial_tail).map(|run| kkt_direction(&run.0, c)),
        instead: |lab, c| lab.run(polynomial_tail).map(|run| polynomial_limit(&run, c)),
    },
    Control {
        without: "loss-below-one",
        refutes: "smoothed-margin-rises",
        on: "L > 1: least |θ|^D dγ̃/dg",
        says: "On two equal points of margin uv with uv < 0 at the start the smoothed margin falls as long as uv < -κ²/(4 log 2), where \
               κ = |u² - v²| > 0 is conserved. Then it rises for ever.",
        claims: |lab, c| {
            lab.run(high_loss).map(|high| {
                smoothed_margin_rises("L > 1", &high.network, &[high.start.to_vec()], c);
            })
        },
        instead: |lab, c| lab.run(high_loss).map(|high| margin_falls_first(&high, c)),
    },
];

/// A network with a bias at the output, the last parameter.
pub struct WithBias(pub Network);

impl Margins for WithBias {
    fn parameters(&self) -> usize {
        self.0.parameters() + 1
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        let (bias, rest) = theta.split_last().expect("the bias is a parameter");
        self.0.margins(rest).iter().zip(&self.0.labels).map(|(q, y)| q + y * bias).collect()
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let (_, rest) = theta.split_last().expect("the bias is a parameter");
        let mut gradient = self.0.gradient(rest, weights);
        gradient.push(dot(weights, &self.0.labels));
        gradient
    }

    fn hessian(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let (_, rest) = theta.split_last().expect("the bias is a parameter");
        let own = self.0.hessian(rest, weights);
        // No second derivative in the bias.
        let rows = own.chunks_exact(rest.len()).flat_map(|row| row.iter().chain(&[0.0]));
        rows.copied().chain(std::iter::repeat_n(0.0, theta.len())).collect()
    }
}

/// The planted ReLU network of the plane with a bias at its output.
pub struct Biased {
    network: WithBias,
    /// Of the network without the bias.
    kkt: Kkt,
    /// Σ p_n y_n.
    pull: f64,
    moments: Vec<Moment>,
}

fn output_bias(seed: Seed) -> Result<Biased> {
    let mut stream = seed.stream("homogeneous", "output bias");
    loop {
        let Planted { network, theta, lambda, start, .. } = one_neuron_a_class("biased", 2, 0, &mut stream)?;
        let kkt = Kkt::new(&network, &theta, &lambda)?;
        let pull = dot(&kkt.p, &network.labels);
        // Classes of equal shares leave b where it is; the slack below is some thousandths of 1/4γ.
        if pull.abs() < 0.05 {
            continue;
        }
        let network = WithBias(network);
        let start = [&start[..], &[0.1]].concat();
        let moments = LossClock::new(&network).follow(&start, &[5e3, 2e4], Tolerance::new(1e-11, 1e-12))?;
        return Ok(Biased { network, kkt, pull, moments });
    }
}

/// db/dg = Σ p y/|∇g|², and |∇g|² is 4γ g but for a part of order (H + |b|)/g.
fn bias_grows_slowly(biased: &Biased, claims: &mut Claims) {
    let Biased { network, kkt, pull, moments } = biased;
    let (mut off, mut size) = (0.0_f64, 1.0_f64);
    for at in moments {
        let bias = at.theta.last().expect("the bias is a parameter");
        let margins = network.margins(&at.theta);
        size = size.max(at.g);
        for (n, q) in margins.iter().enumerate() {
            let unit: Vec<f64> = (0..margins.len()).map(|k| f64::from(k == n)).collect();
            let euler = dot(&at.theta, &network.gradient(&at.theta, &unit)) - 2.0 * q;
            off = off.max((euler + network.0.labels[n] * bias).abs());
        }
    }
    // A margin of the size of g, of some tens of operations.
    let rounding = Slack::rounding(4.0 * network.parameters() as f64, size * network.0.points.radius() / kkt.gamma);
    claims.equal("max |θ·∇q - 2q + y b|", off, 0.0, rounding).on("1", 1.0);
    let [from, to] = &moments[..] else { unreachable!("two stops") };
    let bias = |at: &Moment| *at.theta.last().expect("the bias is a parameter");
    let span = ln(to.g / from.g);
    let predicted = pull / (4.0 * kkt.gamma);
    // Relative to |b| and H the shares and |∇g|² change by so much over g.
    let next = (bias(to).abs() / kkt.gamma.min(1.0) + kkt.entropy + 1.0) / from.g;
    claims
        .equal(
            "db/dlog g against Σ p_n y_n/4γ",
            (bias(to) - bias(from)) / span,
            predicted,
            Slack::next_term(next / (4.0 * kkt.gamma), 2.0)
                + Slack::integration((to.integration() + from.integration()) / span),
        )
        .on("1/4γ", 0.25 / kkt.gamma);
}

/// A linear network with balanced layers of rank one on (1, s) and (1, -r), under q^-ν. The direction of its KKT point is
/// (1, 0), with shares r/(r + s) and s/(r + s).
pub struct PolynomialTail(Run, f64, [f64; 2]);

fn polynomial_tail(seed: Seed) -> Result<PolynomialTail> {
    let mut stream = seed.stream("homogeneous", "polynomial tail");
    // Such that the shares differ from those of the exponential loss by more than what g = 160 ν leaves open of these.
    let nu = stream.uniform(1.0, 2.5);
    let (s, r) = (stream.uniform(1.5, 2.0), stream.uniform(0.6, 1.0));
    let hidden = vec![1; (stream.uniform(1.0, 3.0)).floor() as usize];
    let layers = hidden.len();
    let network = Network {
        architecture: Architecture::Linear { hidden },
        points: Points::from_rows(&[[1.0, s], [1.0, -r]]),
        labels: vec![1.0, 1.0],
    };
    let theta = [&[1.0, 0.0][..], &vec![1.0; layers]].concat();
    let angle = stream.uniform(-0.2, 0.2);
    let length = (1.0 + angle * angle).sqrt();
    let start = [&[1.0 / length, angle / length][..], &vec![1.0; layers]].concat();
    let planted =
        Planted { name: "two points", network, theta, lambda: vec![r / (r + s), s / (r + s)], mu: 2.0, start };
    let run = Run::along(planted, Loss::Polynomial { nu }, &[160.0 * nu, 200.0 * nu])?;
    Ok(PolynomialTail(run, nu, [s, r]))
}

/// At the limit direction (1, ρ) the gradient of the product is along it; there |θ|^D is a multiple of e^(g/ν), and
/// dt/dg = e^g/|∇g|² is one of e^g |θ|².
fn polynomial_limit(tail: &PolynomialTail, claims: &mut Claims) {
    let PolynomialTail(run, nu, [s, r]) = tail;
    let degree = run.kkt.degree;
    let residual = |rho: f64| {
        let (a, b) = (pow(1.0 + s * rho, -nu - 1.0), pow(1.0 - r * rho, -nu - 1.0));
        s * a - r * b - rho * (a + b)
    };
    let rho = bisect(residual, 0.0, 1.0 / r * (1.0 - 1e-9));
    let [from, to] = &run.moments[..] else { unreachable!("two stops") };
    let span = to.g - from.g;
    let length = |at: &Moment| Quantity::new(norm(&at.theta), run.state_slack(at).times(norm(&at.theta)));
    let error = || run.state_slack(to).times(4.0 * (1.0 + rho * rho)) + Slack::rounding(64.0, 1.0 + rho);
    claims.equal(format!("β2/β1, ν = {nu:.3}, g = {:.0}", to.g), to.theta[1] / to.theta[0], rho, error());
    claims.equal(
        format!("d log|θ| / dg, ν = {nu:.3}, D = {degree}"),
        Quantity::exponent(length(from), length(to), span),
        1.0 / (degree * nu),
        Slack::rounding(16.0, 1.0),
    );
    let time = to.log_t - from.log_t;
    claims.equal(
        format!("d log|θ| / d log t, ν = {nu:.3}, D = {degree}"),
        Quantity::exponent(length(from), length(to), time),
        1.0 / (degree * nu + 2.0),
        Slack::integration((to.log_t_drift.abs() + from.log_t_drift.abs()) / time) + Slack::rounding(16.0, 1.0),
    );
}

/// f = uvx on x = 1 twice, both of label +, from u > 0 > v.
pub struct HighLoss {
    network: Network,
    start: [f64; 2],
    /// From just after the start to where the margin turns.
    moments: Vec<Moment>,
}

fn high_loss(seed: Seed) -> Result<HighLoss> {
    let mut stream = seed.stream("homogeneous", "high loss");
    let network = Network {
        architecture: Architecture::Linear { hidden: vec![1] },
        points: Points::from_rows(&[[1.0], [1.0]]),
        labels: vec![1.0, 1.0],
    };
    let side = sign(&mut stream);
    let start = [side * stream.uniform(0.95, 1.1), -side * stream.uniform(0.75, 0.9)];
    let began = log_inverse_loss(Loss::Exponential, &network.margins(&start));
    let kappa = start[0] * start[0] - start[1] * start[1];
    let turn = -kappa * kappa / (4.0 * LN_2) - LN_2;
    let stops: Vec<f64> = (1..=20).map(|k| began + f64::from(k) / 20.0 * (turn - began)).collect();
    let moments = LossClock::new(&network).follow(&start, &stops, Tolerance::new(1e-12, 1e-12))?;
    Ok(HighLoss { network, start, moments })
}

/// With q = uv and κ = |u² - v²|, which is conserved, |θ|² = √(κ² + 4q²) and g = q - log 2: the smoothed margin is a
/// function of q alone, and least at q = -κ²/(4 log 2).
fn margin_falls_first(high: &HighLoss, claims: &mut Claims) {
    let [u, v] = high.start;
    let (q, square) = (u * v, u * u + v * v);
    let kappa = (u * u - v * v).abs();
    let p = pulls(Loss::Exponential, &[q, q]);
    let gradient = high.network.gradient(&high.start, &p);
    let g = q - LN_2;
    let rise = 1.0 - 2.0 * g * dot(&high.start, &gradient) / (square * dot(&gradient, &gradient));
    claims.equal(
        "|θ|² dγ̃/dg at the start",
        rise,
        1.0 - 4.0 * g * q / (square * square),
        Slack::rounding(32.0, 1.0 + 4.0 * (g * q).abs() / (square * square)),
    );
    let margin = |at: &Moment| at.g / dot(&at.theta, &at.theta);
    let turning = high.moments.last().expect("twenty moments");
    let least = -(kappa * kappa + 4.0 * LN_2 * LN_2).sqrt() / (2.0 * kappa);
    // g is the clock's; the length has its error twice.
    let relative =
        Slack::integration(turning.integration() / norm(&turning.theta)) + Slack::rounding(turning.roundings, 1.0);
    let slack = relative.times(2.0 * least.abs());
    claims.equal("γ̃ at its turn, against -√(κ² + 4(log 2)²)/2κ", margin(turning), least, slack.clone());
    let rise = high.moments.windows(2).map(|pair| margin(&pair[1]) - margin(&pair[0])).fold(f64::MIN, f64::max);
    claims.at_most("largest change of γ̃ between moments before", rise, 0.0, slack).on("|γ̃| at its turn", least);
}
