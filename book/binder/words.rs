//! The words that the binder puts between the author's, in the language of the book.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// A dictionary from the binder's English phrases. A phrase may have names in braces, which are filled in.
pub struct Words {
    pairs: &'static [(&'static str, &'static str)],
    /// Whether every phrase needs a pair.
    whole: bool,
    missing: RefCell<BTreeSet<&'static str>>,
}

impl Words {
    /// Without pairs the binder speaks English. In a book in English the pairs say some of its phrases in other words; in
    /// another language each needs one.
    pub fn new(pairs: &'static [(&'static str, &'static str)], language: &str) -> Words {
        let english = language == "en" || language.starts_with("en-");
        Words { pairs, whole: !english, missing: RefCell::default() }
    }

    /// The phrase in the language of the book.
    pub fn say(&self, english: &'static str) -> &'static str {
        let found = self.pairs.iter().find(|(phrase, _)| *phrase == english);
        if found.is_none() && self.whole {
            self.missing.borrow_mut().insert(english);
        }
        found.map_or(english, |(_, other)| other)
    }

    /// The phrase with its names filled in.
    pub fn fill(&self, english: &'static str, values: &[(&str, &str)]) -> String {
        // In one pass: a value may have braces of its own.
        let mut parts = self.say(english).split('{');
        let mut text = parts.next().unwrap_or_default().to_string();
        for part in parts {
            let filled = part.split_once('}').and_then(|(name, rest)| {
                let (_, value) = values.iter().find(|(known, _)| *known == name)?;
                Some([*value, rest])
            });
            text.extend(filled.unwrap_or(["{", part]));
        }
        text
    }

    /// The phrases that were asked for and are not in the dictionary.
    pub fn missing(&self) -> Vec<&'static str> {
        self.missing.borrow().iter().copied().collect()
    }
}
