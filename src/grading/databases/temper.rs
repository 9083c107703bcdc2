//! [`Temper`]: what one drawn database is like as a whole. Databases that differ in it show different mistakes.

use super::Knowledge;
use super::clues::Place;
use super::generate::countable;
use crate::grading::Dice;

/// What one database is like.
#[derive(Debug)]
pub struct Temper {
    /// In a hundred, how many values that may be NULL are.
    pub nulls: usize,
    /// In a hundred, how many rows repeat another.
    pub twins: usize,
    /// In a hundred, how many values meet the conditions on their column.
    pub aim: usize,
    /// The column whose values meet its conditions or not, while the others do.
    pub focus: Option<Place>,
    /// In a hundred, how many of all pairs are linked.
    pub density: usize,
    /// In a hundred, how many references go where another of the same row leads.
    pub same: usize,
    /// In ten, how many references go to the first row.
    pub skew: usize,
    /// How many values a column takes that no condition names.
    pub width: usize,
    /// The most rows of a table.
    pub most: usize,
    /// Whether tables that are read by pages have rows beyond the page's end.
    pub paged: bool,
    roots: (usize, usize),
    children: Vec<usize>,
}

impl Temper {
    /// Rows that all meet the conditions, as even as can be.
    pub fn even() -> Self {
        Self {
            nulls: 0,
            twins: 0,
            aim: 100,
            focus: None,
            density: 100,
            same: 0,
            skew: 0,
            width: 4,
            most: usize::MAX,
            paged: false,
            roots: (1, 1),
            children: vec![1],
        }
    }

    /// Draws one.
    pub fn draw(known: &Knowledge, dice: &mut Dice) -> Self {
        fn one_of<const N: usize>(dice: &mut Dice, of: [usize; N]) -> usize {
            of[dice.below(N)]
        }
        let counts = countable(known);
        let pages = !known.clues.pages.is_empty();
        let (mut roots, mut children, mut most) = match dice.below(24) {
            0..=2 => ((1, 2), vec![0, 1, 1, 2], 4),
            3..=9 => ((1, 4), vec![0, 1, 1, 2, 3], 8),
            10..=13 => ((2, 3), vec![1, 2, 2, 3], 8),
            14..=17 => ((1, 2), vec![0, 2, 3, 4, 5], 10),
            // Few large groups: a mean is not a middle, and not that of the different values.
            18..=21 => ((1, 2), vec![3, 4, 5, 6], 12),
            _ => ((5, 8), vec![0, 1, 2, 3], 30),
        };
        if !counts.is_empty() && dice.below(5) < 2 {
            let count = usize::try_from(counts[dice.below(counts.len())]).unwrap_or(2);
            children = vec![0, count.saturating_sub(1), count, count, count + 1];
            // Links are counted over rows of both sides, so that there must be enough of those, too.
            roots = match dice.below(2) {
                0 if count < 6 => (2, count + 2),
                _ => (1, if count > 6 { 2 } else { 3 }),
            };
            most = 3 * count + 4;
        }
        let paged = pages && dice.below(5) < 3;
        // The places that conditions are about: one at a time is looked at more closely.
        let mut places: Vec<Place> = known.clues.compared.iter().map(|compared| compared.place).collect();
        places.extend(known.clues.missing.iter().copied());
        places.sort_unstable();
        places.dedup();
        let focus =
            if places.is_empty() || dice.below(5) > 1 { None } else { places.get(dice.below(places.len())).copied() };
        let aim = match focus {
            Some(_) => 96,
            // What lies beyond the end of a page must be of the rows that are looked for.
            None if paged => one_of(dice, [80, 92, 97]),
            None => one_of(dice, [50, 65, 80, 92]),
        };
        if paged {
            roots.1 = roots.1.max(3);
        }
        Self {
            nulls: one_of(dice, [0, 15, 30, 50]),
            twins: one_of(dice, [0, 25, 50]),
            aim,
            focus,
            density: one_of(dice, [30, 60, 90]),
            same: one_of(dice, [0, 0, 40, 80]),
            skew: one_of(dice, [0, 0, 4, 7]),
            width: match children.iter().min() {
                Some(3..) => one_of(dice, [2, 3, 3, 4, 5, 6]),
                _ => one_of(dice, [1, 2, 2, 3, 3, 5]),
            },
            most,
            paged,
            roots,
            children,
        }
    }

    /// Draws one with many rows: each is a try of its own, and among them are large groups and many that tie.
    pub fn wide(known: &Knowledge, dice: &mut Dice) -> Self {
        let drawn = Self::draw(known, dice);
        let several = drawn.children.iter().copied().max().unwrap_or(1);
        Self {
            nulls: [10, 25, 40][dice.below(3)],
            aim: [50, 70, 80, 90][dice.below(4)],
            focus: None,
            width: 2 + dice.below(5),
            most: drawn.most.max(40 + dice.below(50)),
            roots: (5, 12),
            children: vec![0, 1, 1, 2, 3, 4, 7, 12, 20, several],
            ..drawn
        }
    }

    /// How many rows a table has that points at none.
    pub fn roots(&self, dice: &mut Dice) -> usize {
        self.roots.0 + dice.below(self.roots.1 + 1 - self.roots.0)
    }

    /// How many rows point at one row.
    pub fn children(&self, dice: &mut Dice) -> usize {
        self.children.get(dice.below(self.children.len())).copied().unwrap_or(1)
    }
}
