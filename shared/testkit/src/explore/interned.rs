//! Values by number, so that two that are the same have one number.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

pub(super) struct Interned<T> {
    values: Vec<Rc<T>>,
    numbers: HashMap<Rc<T>, usize>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Eq + Hash> Interned<T> {
    pub(super) fn number(&mut self, value: T) -> usize {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let (number, value) = (self.values.len(), Rc::new(value));
        self.values.push(Rc::clone(&value));
        self.numbers.insert(value, number);
        number
    }

    pub(super) fn get(&self, number: usize) -> &T {
        &self.values[number]
    }
}
