//! The bytes of one input as choices. Fewer bytes and smaller ones choose less, so that a shorter
//! input is a simpler one.

/// Bytes that are used up by choosing; each choice after the last is the first of its kind.
pub(crate) struct Dice<'a>(&'a [u8]);

impl<'a> Dice<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    /// A number below `end`; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        match end {
            0 | 1 => 0,
            2..=256 => self.byte() % end,
            _ => (self.byte() << 16 | self.byte() << 8 | self.byte()) % end,
        }
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.byte() * 100 / 256 + percent > 99
    }

    pub(crate) fn pick<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        &of[self.below(of.len())]
    }

    /// What is left, for another use.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }
}
