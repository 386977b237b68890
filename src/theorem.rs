//! A theorem is data: what it assumes, the lines of its proof, and for each line a function that
//! compares a measured number with what the theorem predicts.

use crate::claim::Claims;
use crate::digest::Digest;
use crate::error::Result;
use crate::exercise::Exercise;
use crate::figure::Plot;
use crate::lab::Lab;
use crate::live::Live;
use crate::options::{DataOption, Options};
use crate::problem::table::{Cells, Table};

/// A theorem with its checks. `id` is its name everywhere: registry, tests, command line, book.
pub struct Theorem {
    /// The name.
    pub id: &'static str,
    /// The theorem in a line.
    pub title: &'static str,
    /// The statement, in words and plain symbols.
    pub says: &'static str,
    /// What the symbols mean that the claims use.
    pub symbols: &'static [(&'static str, &'static str)],
    /// Keys of the bibliography.
    pub cites: &'static [&'static str],
    /// What it assumes.
    pub hypotheses: &'static [Hypothesis],
    /// In groups, each in the file of its functions; see [`Theorem::steps`].
    pub steps: &'static [&'static [Step]],
    /// The hypotheses, broken.
    pub controls: &'static [Control],
    /// Its pictures.
    pub figures: &'static [Figure],
    /// Those that the reader moves.
    pub live: &'static [Live],
    /// What the reader does alone: see [`crate::exercise::exercises`].
    pub exercises: &'static [Exercise],
    /// The theorem's files and their text, out of which the book cuts the functions that it shows: see [`sources`].
    pub sources: &'static [(&'static str, &'static str)],
    /// Folds the trajectories of the theorem's experiments: those that no linear algebra library has touched, which
    /// must have the same bits on every processor.
    pub trajectories: fn(&Lab, &mut Digest) -> Result<()>,
    /// How to run the experiment on the reader's own data, if it makes sense there.
    pub on_data: Option<OnData>,
}

/// Files for [`Theorem::sources`], where something reads them: a course in a browser stands beside the book that shows them,
/// and would be a quarter larger.
pub const fn sources(files: &'static [(&'static str, &'static str)]) -> &'static [(&'static str, &'static str)] {
    if cfg!(target_family = "wasm") { &[] } else { files }
}

/// What a theorem assumes, and how its experiments are seen to satisfy it.
pub struct Hypothesis {
    /// The name.
    pub id: &'static str,
    /// What is assumed, in a sentence.
    pub says: &'static str,
    /// Looks whether the experiments satisfy it.
    pub verify: fn(&Lab) -> Result<Finding>,
    /// Why there is no control: the hypothesis is sufficient and not necessary.
    pub only_sufficient: Option<&'static str>,
}

/// Whether a hypothesis holds, with the certificate in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Whether it does.
    pub holds: bool,
    /// The certificate, in words.
    pub detail: String,
}

/// A line of the proof, or what follows from it.
pub struct Step {
    /// The name of the step; the function that checks it has the same name, with underscores.
    pub id: &'static str,
    /// What is asserted, in a sentence.
    pub says: &'static str,
    /// The part that it plays.
    pub kind: Kind,
    /// What is known of it.
    pub standing: Standing,
    /// Which claims of the course notes it answers: "N4".
    pub notes: &'static [&'static str],
    /// Runs the experiment and makes the claims.
    pub claims: fn(&Lab, &mut Claims) -> Result<()>,
}

/// The part that a step plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of the proof in the notes.
    Proof,
    /// A constant or a rate that goes beyond the notes.
    Refinement,
    /// A run on which the notes' wording fails.
    Counterexample,
}

/// What is known of a step, beyond these experiments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Proved in print.
    Proved {
        /// The key of the proof in the bibliography.
        cite: &'static str,
    },
    /// Proved in the book, in full: too elementary to cite.
    ProvedHere,
    /// A formal expansion, derived in the book and confirmed here; no published proof is known to us.
    Formal,
    /// Seen on seeded samples, with intervals; nothing is proved.
    Observed,
    /// Believed, and consistent with the experiments; not derived.
    Conjectured,
    /// The notes' wording is false: the step or control named shows it.
    Refuted {
        /// The step or control that shows it.
        by: &'static str,
    },
    /// True under conditions that the notes leave out: the step or control named shows where it fails.
    Overstated {
        /// The step or control that shows it.
        by: &'static str,
    },
}

impl Kind {
    /// The part, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Proof => "proof",
            Kind::Refinement => "refinement",
            Kind::Counterexample => "counterexample",
        }
    }
}

impl Standing {
    /// The standing, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Proved { .. } | Standing::ProvedHere => "proved",
            Standing::Formal => "formal",
            Standing::Observed => "observed",
            Standing::Conjectured => "conjectured",
            Standing::Refuted { .. } => "refuted",
            Standing::Overstated { .. } => "overstated",
        }
    }

    /// The word, and where or by whom.
    pub fn words(self) -> &'static str {
        match self {
            Standing::ProvedHere => "proved in the book",
            Standing::Observed => "observed on samples",
            Standing::Overstated { .. } => "overstated in the notes",
            Standing::Proved { .. } | Standing::Formal | Standing::Conjectured | Standing::Refuted { .. } => {
                self.word()
            }
        }
    }

    /// What the word does not say by itself.
    pub fn explanation(self) -> Option<&'static str> {
        match self {
            Standing::Formal => Some("derived here, confirmed by the run; no published proof known to us"),
            Standing::Observed => Some("seen with seeded data, not proved"),
            Standing::Proved { .. }
            | Standing::ProvedHere
            | Standing::Conjectured
            | Standing::Refuted { .. }
            | Standing::Overstated { .. } => None,
        }
    }

    /// The step or control that shows it.
    pub fn shown_by(self) -> Option<&'static str> {
        match self {
            Standing::Refuted { by } | Standing::Overstated { by } => Some(by),
            Standing::Proved { .. }
            | Standing::ProvedHere
            | Standing::Formal
            | Standing::Observed
            | Standing::Conjectured => None,
        }
    }

    /// The key of the proof in the bibliography.
    pub fn cites(self) -> Option<&'static str> {
        match self {
            Standing::Proved { cite } => Some(cite),
            Standing::ProvedHere
            | Standing::Formal
            | Standing::Observed
            | Standing::Conjectured
            | Standing::Refuted { .. }
            | Standing::Overstated { .. } => None,
        }
    }

    /// How far it is from being proved as the notes have it.
    fn weakness(&self) -> u8 {
        match self {
            Standing::Proved { .. } | Standing::ProvedHere => 0,
            Standing::Formal => 1,
            Standing::Observed => 2,
            Standing::Conjectured => 3,
            Standing::Overstated { .. } => 4,
            Standing::Refuted { .. } => 5,
        }
    }
}

/// One hypothesis broken: the step it serves must fail, and something else must hold instead.
pub struct Control {
    /// The hypothesis that is broken. The control's own name is `without-` and this.
    pub without: &'static str,
    /// The step that fails.
    pub refutes: &'static str,
    /// How the text of its claim begins that must fail, and fail decisively.
    pub on: &'static str,
    /// How the hypothesis is broken, and what comes of it.
    pub says: &'static str,
    /// The step's own function, on the broken setup.
    pub claims: fn(&Lab, &mut Claims) -> Result<()>,
    /// What happens instead.
    pub instead: fn(&Lab, &mut Claims) -> Result<()>,
}

impl Control {
    /// `without-` and the hypothesis.
    pub fn id(&self) -> String {
        format!("without-{}", self.without)
    }
}

/// A picture of what the experiments show.
pub struct Figure {
    /// The name.
    pub id: &'static str,
    /// What it shows, in a line.
    pub title: &'static str,
    /// What is to be seen, in a sentence or two: for those who see the figure and for those who do not.
    pub says: &'static str,
    /// Makes the picture from the experiments.
    pub draw: fn(&Lab) -> Result<Plot>,
}

/// A theorem's experiment on a table that the reader brings, or with the reader's numbers alone.
pub struct OnData {
    /// What is run, in a sentence.
    pub says: &'static str,
    /// What the reader may ask for.
    pub options: &'static [DataOption],
    /// What cells of the table may be.
    pub cells: Cells,
    /// Runs it, and leaves a figure with the options if one is wanted: see [`Options::draw`]. With [`Cells::NoTable`] the
    /// table is empty.
    pub run: fn(&Table, &Options) -> Result<DataRun>,
}

/// What a run on the reader's data leaves behind. The three values are JSON objects whose keys are
/// part of the command's contract.
pub struct DataRun {
    /// What the reader should know although the run went on, one line each.
    pub warnings: Vec<String>,
    /// The hypotheses by name, and whether they hold.
    pub hypotheses: Vec<(&'static str, Finding)>,
    /// What is certified of the data.
    pub reference: serde_json::Value,
    /// What the theorem predicts.
    pub predicted: serde_json::Value,
    /// What the run measured.
    pub measured: serde_json::Value,
    /// The steps by name, and their claims.
    pub steps: Vec<(&'static str, Claims)>,
    /// How what is out of reach of this run is reached.
    pub reach: Option<Reach>,
}

/// Another run, which reaches what this one does not.
pub struct Reach {
    /// What it does, as in "a later time reaches them".
    pub says: String,
    /// The options in which it differs, with their new values, or none where one is to be left out; no options, if there is
    /// no such run.
    pub instead: Vec<(&'static str, Option<String>)>,
}

impl Theorem {
    /// The weakest standing that one of its steps has.
    pub fn weakest(&self) -> Option<Standing> {
        self.steps().map(|step| step.standing).max_by_key(Standing::weakness)
    }

    /// "proved", or what is weaker than that in one of its steps.
    pub fn status(&self) -> &'static str {
        self.weakest().map_or("proved", Standing::word)
    }

    /// The steps, in the order in which they are taught.
    pub fn steps(&self) -> impl Iterator<Item = &'static Step> + Clone + use<> {
        self.steps.iter().copied().flatten()
    }

    /// The step of this name.
    pub fn step(&self, id: &str) -> Option<&'static Step> {
        self.steps().find(|step| step.id == id)
    }

    /// The figure of this name.
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.id == id)
    }

    /// The live figure of this name.
    pub fn live(&self, id: &str) -> Option<&'static Live> {
        self.live.iter().find(|live| live.id == id)
    }

    /// The exercise of this name.
    pub fn exercise(&self, id: &str) -> Option<&'static Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    /// The names of its steps and controls, in their order.
    pub fn parts(&self) -> impl Iterator<Item = String> {
        self.steps().map(|step| step.id.to_string()).chain(self.controls.iter().map(|control| control.id()))
    }

    /// The control of this name, `without-` and a hypothesis.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id() == id)
    }
}
