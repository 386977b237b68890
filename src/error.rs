//! What can go wrong, in words a reader can act on.

use std::fmt;

/// A computation that gave no answer. Never evidence against a theorem: only finite numbers refute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The input is not what was asked for: says where, what is wrong and what would be right.
    Input(String),
    /// The numbers at hand do not allow a certified answer: says which, and by how much.
    Numerical(String),
    /// A course is not what it should be: says which part, and what is wrong.
    Course(String),
}

/// What every computation of the library returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// See [`Error::Input`].
    pub fn input(message: impl Into<String>) -> Self {
        Error::Input(message.into())
    }

    /// See [`Error::Numerical`].
    pub fn numerical(message: impl Into<String>) -> Self {
        Error::Numerical(message.into())
    }

    /// See [`Error::Course`].
    pub fn course(message: impl Into<String>) -> Self {
        Error::Course(message.into())
    }

    /// A decomposition that faer gave up.
    pub fn no_singular_values<E>(_: E) -> Self {
        Error::numerical("the singular values did not converge")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(message) | Error::Numerical(message) | Error::Course(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}
