"""One workload as another library does it: `peers.py DATA WORKLOAD SIZE..`, on the data that the bench `workloads` wrote.

Prints the median time of a run in microseconds of the processor, the library, and how exact its answer is.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import functools
import statistics
import sys
import time

import numpy as np


def median(run, seconds=1.0):
    """Runs until `seconds` are over, once at least; the first run, which may compile, does not count if there are more."""
    times = []
    answer = None
    while sum(times) < seconds and len(times) < 9:
        begun = time.process_time()
        answer = run()
        times.append(time.process_time() - begun)
    return statistics.median(times[1:] or times), answer


def repeated(step, start, steps):
    """`steps` steps of gradient descent in one compiled loop; the time of one, and where they end."""
    import jax

    loop = jax.jit(lambda at: jax.lax.fori_loop(0, steps, lambda _, at: step(at), at))
    took, end = median(lambda: jax.block_until_ready(loop(start)))
    return took / steps, end


def descent_step(data, size):
    import jax

    n, d = map(int, size.split("x"))
    x = jax.numpy.asarray(data.reshape(n, d))
    steps = max(20, 20_000_000 // (n * d + 200))
    took, _ = repeated(lambda w: w + 1e-2 / n * (jax.nn.sigmoid(-(x @ w)) @ x), jax.numpy.zeros(d), steps)
    return took, "JAX", ""


def descent_of_sets(data, size):
    import jax

    count, n, d = map(int, size.split("x"))
    steps = 1000

    def descent(x):
        step = lambda _, w: w + 1e-2 / n * (jax.nn.sigmoid(-(x @ w)) @ x)
        return jax.lax.fori_loop(0, steps, step, jax.numpy.zeros(d))

    # One set after the other, which stays in the cache, is faster than all of them at once.
    run = jax.jit(lambda sets: jax.lax.map(descent, sets))
    sets = jax.numpy.asarray(data.reshape(count, n, d))
    took, _ = median(lambda: jax.block_until_ready(run(sets)), 10.0)
    return took / (steps * count), "JAX", ""


def deep_step(data, size):
    import jax

    depth, n = map(int, size.split("x"))
    seen = ~np.isnan(data.reshape(n, n))
    mask, m = jax.numpy.asarray(seen * 1.0), jax.numpy.asarray(np.where(seen, data.reshape(n, n), 0.0))
    product = lambda layers: functools.reduce(lambda below, layer: layer @ below, layers)
    loss = lambda layers: ((mask * product(layers) - m) ** 2).sum()
    step = lambda layers: [w - 0.01 * g for w, g in zip(layers, jax.grad(loss)(layers))]
    took, _ = repeated(step, [0.1 * jax.numpy.eye(n)] * depth, 20_000)
    return took, "JAX", ""


def relu_step(data, size):
    import jax

    n, d, width = map(int, size.split("x"))
    x = jax.numpy.asarray(data.reshape(n, d))
    y = jax.numpy.where(jax.numpy.arange(n) % 2 == 0, 1.0, -1.0)
    inputs = y[:, None] * x
    loss = lambda p: jax.nn.softplus(-y * (jax.nn.relu(inputs @ p[0].T) @ p[1])).mean()
    step = lambda p: [q - 0.05 * g for q, g in zip(p, jax.grad(loss)(p))]
    draws = np.random.default_rng(1)
    start = [jax.numpy.asarray(0.3 * draws.standard_normal(shape)) for shape in [(width, d), width]]
    took, _ = repeated(step, start, 50_000)
    return took, "JAX", ""


def completion_to_1e_10(data, size, alpha):
    import jax

    n = int(size)
    seen = ~np.isnan(data.reshape(n, n))
    mask, m = jax.numpy.asarray(seen * 1.0), jax.numpy.asarray(np.where(seen, data.reshape(n, n), 0.0))
    loss = lambda factors: ((mask * (factors[0] @ factors[1].T) - m) ** 2).sum()
    # Close to the largest step that is stable in the end.
    eta = 0.45 / np.linalg.norm(np.where(seen, data.reshape(n, n), 0.0), 2)
    step = lambda factors: [f - eta * g for f, g in zip(factors, jax.grad(loss)(factors))]
    hundred = lambda factors: jax.lax.fori_loop(0, 100, lambda _, at: step(at), factors)
    run = jax.jit(lambda start: jax.lax.while_loop(lambda at: loss(at) > 1e-10, hundred, start))
    took, end = median(lambda: jax.block_until_ready(run([float(alpha) * jax.numpy.eye(n)] * 2)))
    return took, "JAX", f"loss {loss(end):.1e}, by descent"


def double_descent(data, size):
    from scipy.linalg import qr, solve_triangular

    counts, seeds = map(int, size.split("x"))
    n, largest = 100, 1000
    features = [10, 12, 14, 16, 19, 22, 26, 30, 36, 42, 49, 57, 67, 78, 92, 100, 108, 127, 149, 174, 204, 240, 281, 329, 386, 452]
    features += [530, 621, 728, 1000]
    assert len(features) == counts
    draws = data.reshape(seeds, (largest + 1) * n)

    def least_norm(a, y):
        if a.shape[1] <= n:
            q, r = qr(a, mode="economic", check_finite=False)
            return solve_triangular(r, q.T @ y, check_finite=False)
        q, r = qr(a.T, mode="economic", check_finite=False)
        return q @ solve_triangular(r, y, trans="T", check_finite=False)

    def run():
        for draw in draws:
            x, y = draw[:-n].reshape(largest, n).T, draw[-n:]
            for p in features:
                least_norm(x[:, :p], y)

    took, _ = median(run)
    return took, "LAPACK", f"{counts * seeds} problems, QR"


def completion_step(data, size):
    import jax

    n = int(size)
    seen = ~np.isnan(data.reshape(n, n))
    mask, m = jax.numpy.asarray(seen * 1.0), jax.numpy.asarray(np.where(seen, data.reshape(n, n), 0.0))
    loss = lambda factors: ((mask * (factors[0] @ factors[1].T) - m) ** 2).sum()
    step = lambda factors: [f - 0.1 * g for f, g in zip(factors, jax.grad(loss)(factors))]
    took, end = repeated(step, [1e-2 * jax.numpy.eye(n)] * 2, 20_000)
    return took, "JAX", f"loss {loss(end):.1e}"


def hard_margin(data, size):
    import clarabel
    from scipy import sparse

    n, d = map(int, size.split("x"))
    x = data.reshape(n, d)

    def run():
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        cones = [clarabel.NonnegativeConeT(n)]
        problem = (sparse.identity(d, format="csc"), np.zeros(d), sparse.csc_matrix(-x), -np.ones(n), cones, settings)
        return clarabel.DefaultSolver(*problem).solve()

    took, answer = median(run)
    w, alpha = np.array(answer.x), np.maximum(np.array(answer.z), 0.0)
    lower, upper = (x @ w).min() / np.linalg.norm(w), np.linalg.norm(alpha @ x) / alpha.sum()
    return took, "Clarabel", f"relative gap {upper / lower - 1.0:.1e}"


def nuclear_norm(data, size, _fraction):
    import cvxpy as cp

    n = int(size)
    m = data.reshape(n, n)
    where = np.nonzero(~np.isnan(m))

    def run():
        x = cp.Variable((n, n))
        seen = [x[where] == m[where]]
        # At its own tolerances it has four digits.
        tight = dict(eps_abs=1e-9, eps_rel=1e-9, max_iters=200_000)
        cp.Problem(cp.Minimize(cp.normNuc(x)), seen).solve(solver="SCS", **tight)
        return x.value, seen[0].dual_value

    took, (x, dual) = median(run)
    y = np.zeros((n, n))
    y[where] = dual
    x[where] = m[where]
    lower = abs((y[where] * m[where]).sum()) / np.linalg.norm(y, 2)
    return took, "SCS", f"relative gap {np.linalg.norm(x, 'nuc') / lower - 1.0:.1e}"


def flow_to_1e100(data, size):
    from scipy.integrate import solve_ivp

    n, d = map(int, size.split("x"))
    x = data.reshape(n, d)
    # In the clock log(1 + t), as ours.
    pulls = lambda s, u: np.exp(s - np.logaddexp(0.0, u))
    rate = lambda s, w: pulls(s, x @ w) @ x

    def jacobian(s, w):
        u = x @ w
        return -(x.T * (pulls(s, u) / (1.0 + np.exp(-u)))) @ x

    span = (0.0, 100.0 * np.log(10.0))
    run = lambda: solve_ivp(rate, span, np.zeros(d), method="LSODA", jac=jacobian, rtol=1e-12, atol=1e-12)
    took, answer = median(run)
    return took, "LSODA", "" if answer.success else "failed"


if __name__ == "__main__":
    folder, workload, *size = sys.argv[1:]
    numbers = np.fromfile(os.path.join(folder, "-".join([workload, *size])), dtype="<f8")
    took, library, exact = globals()[workload.replace("-", "_")](numbers, *size)
    print(took * 1e6, library, exact)
