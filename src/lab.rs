//! Runs every experiment once a seed, however many steps look at it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::Result;
use crate::seed::Seed;

type Outcome = Result<Arc<dyn Any + Send + Sync>>;
/// The function, what it returns, the seed, and its parameters as text; no seed for an experiment on fixed data.
type Key = (usize, TypeId, Option<Seed>, String);
type Shelf = Mutex<HashMap<Key, Arc<OnceLock<Outcome>>>>;

/// Where experiments run. The labs of several seeds share what does not depend on the seed.
#[derive(Clone)]
pub struct Lab {
    seed: Seed,
    long: bool,
    threads: usize,
    seeded: Arc<Shelf>,
    fixed: Arc<Shelf>,
}

impl Lab {
    /// An empty lab.
    pub fn new(seed: Seed) -> Self {
        Lab { seed, long: false, threads: 1, seeded: Arc::default(), fixed: Arc::default() }
    }

    /// A lab for another seed that shares this one's experiments on fixed data.
    pub fn with_seed(&self, seed: Seed) -> Self {
        Lab { seed, ..self.clone() }
    }

    /// The same, which shares nothing else: what it computes for its seed is gone with it.
    pub fn apart(&self, seed: Seed) -> Self {
        Lab { seed, seeded: Arc::default(), ..self.clone() }
    }

    /// A lab in which steps may add runs of more than a million steps.
    pub fn at_length(&self) -> Self {
        Lab { long: true, ..self.clone() }
    }

    /// A lab that may run the seeds of a sample on so many threads. One by default: the library starts none by itself.
    pub fn with_threads(&self, threads: usize) -> Self {
        Lab { threads, ..self.clone() }
    }

    /// Whether long runs are asked for.
    pub fn long(&self) -> bool {
        self.long
    }

    /// The seed that seeded experiments get.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The result of a seeded experiment: computed at the first call, shared after.
    pub fn run<E: Send + Sync + 'static>(&self, experiment: fn(Seed) -> Result<E>) -> Result<Arc<E>> {
        let key = (experiment as usize, TypeId::of::<E>(), Some(self.seed), String::new());
        self.remember(key, || experiment(self.seed))
    }

    /// The result of a seeded experiment with parameters: computed once for each of their values, so that a sweep is a loop.
    /// Their `Debug` form tells them apart, which has all the digits of a number.
    ///
    /// ```
    /// use theoremcheck::{lab::Lab, seed::Seed};
    ///
    /// let lab = Lab::new(Seed(1));
    /// for eta in [0.1, 0.01] {
    ///     let steps = lab.run_with(eta, |_, eta: f64| Ok((1.0 / eta).round()))?;
    ///     assert_eq!(*steps, 1.0 / eta);
    /// }
    /// # Ok::<(), theoremcheck::error::Error>(())
    /// ```
    pub fn run_with<P: Debug, E: Send + Sync + 'static>(
        &self,
        parameters: P,
        experiment: fn(Seed, P) -> Result<E>,
    ) -> Result<Arc<E>> {
        let key = (experiment as usize, TypeId::of::<E>(), Some(self.seed), format!("{parameters:?}"));
        self.remember(key, || experiment(self.seed, parameters))
    }

    /// The results of a seeded experiment for a sample of seeds, in their order.
    pub fn run_each<E: Send + Sync + 'static>(
        &self,
        experiment: fn(Seed) -> Result<E>,
        seeds: &[Seed],
    ) -> Result<Vec<Arc<E>>> {
        in_parallel(self.threads, seeds, |&seed| self.with_seed(seed).run(experiment)).into_iter().collect()
    }

    /// The result of an experiment on fixed data: run once, whatever the seeds.
    pub fn once<E: Send + Sync + 'static>(&self, experiment: fn() -> Result<E>) -> Result<Arc<E>> {
        self.remember((experiment as usize, TypeId::of::<E>(), None, String::new()), experiment)
    }

    fn remember<E: Send + Sync + 'static>(&self, key: Key, experiment: impl FnOnce() -> Result<E>) -> Result<Arc<E>> {
        // The map is locked only to find the place: two experiments may run at the same time.
        let place = {
            let shelf = if key.2.is_some() { &self.seeded } else { &self.fixed };
            Arc::clone(shelf.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
        };
        let outcome = place.get_or_init(|| Ok(Arc::new(experiment()?)));
        let found = Arc::clone(outcome.as_ref().map_err(Clone::clone)?);
        Ok(found.downcast().expect("the key holds the type"))
    }
}

/// Maps items on several threads; the results stand in the order of the items. One thread is the caller's own.
pub fn in_parallel<T: Sync, R: Send + Sync>(threads: usize, items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads <= 1 {
        return items.iter().map(run).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < items.len()) {
                    results[i].get_or_init(|| run(&items[i]));
                }
            });
        }
    });
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn an_experiment_runs_once_a_seed() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        fn counted(seed: Seed) -> Result<u64> {
            RUNS.fetch_add(1, Ordering::SeqCst);
            Ok(seed.0)
        }
        let lab = Lab::new(Seed(1));
        let other = lab.with_seed(Seed(2));
        for _ in 0..3 {
            assert_eq!(*lab.run(counted).unwrap(), 1);
            assert_eq!(*other.run(counted).unwrap(), 2);
        }
        assert_eq!(RUNS.load(Ordering::SeqCst), 2);
        assert_eq!(*lab.apart(Seed(1)).run(counted).unwrap(), 1);
        assert_eq!(RUNS.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn an_experiment_runs_once_for_each_value_of_its_parameters() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        fn sum(seed: Seed, (a, b): (f64, f64)) -> Result<f64> {
            RUNS.fetch_add(1, Ordering::SeqCst);
            Ok(seed.0 as f64 + a + b)
        }
        let lab = Lab::new(Seed(1));
        for parameters in [(0.5, 0.5), (0.5, 0.5 + f64::EPSILON), (0.5, 0.5)] {
            assert_eq!(*lab.run_with(parameters, sum).unwrap(), 1.0 + parameters.0 + parameters.1);
        }
        assert_eq!(RUNS.load(Ordering::SeqCst), 2);
    }
}
