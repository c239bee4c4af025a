//! One indicator × period over all divisions: 12 bytes and a bit a value, and side tables for the few that have more to say or a past.

use std::{collections::HashMap, sync::Arc};

use leitai_domain::{decimal, micros};
use rust_decimal::Decimal;

use super::moments::Moment;

/// One value with what stood beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// In the indicator's unit, in 10⁻⁶.
    pub micros: i64,
    /// The text as the source had it.
    pub text: String,
    /// What was measured in place of the indicator; `None` where the indicator itself was.
    pub proxy: Option<Arc<str>>,
    /// The rank printed beside it.
    pub printed_rank: Option<i32>,
    /// True where the value was simulated.
    pub simulated: bool,
    /// Who submitted it; `None` where that was not recorded.
    pub submitter: Option<Arc<str>>,
}

/// What a cell has beyond its value; most cells have nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Extra {
    /// `None` where the text is the plain decimal.
    text: Option<Box<str>>,
    proxy: Option<Arc<str>>,
    printed_rank: Option<i32>,
}

/// Values by row; a row is a division's place in its plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    values: Vec<i64>,
    since: Vec<Moment>,
    newest: Moment,
    simulated: Bits,
    submitters: Names,
    extras: HashMap<usize, Extra>,
    /// What was in force before, with the moment since when, oldest first.
    past: HashMap<usize, Vec<(Moment, Cell)>>,
}

impl Column {
    /// Puts a value in force in place of an earlier one, which is kept as past.
    pub fn set(&mut self, row: usize, moment: Moment, cell: Cell) {
        if let (Some(before), Some(since)) = (self.cell(row), self.since.get(row)) {
            self.past.entry(row).or_default().push((*since, before));
        }
        self.put(row, moment, cell);
    }

    /// The column as it was known at a moment; the same where nothing is newer, `None` where it had no value.
    pub fn at(self: &Arc<Self>, moment: Moment) -> Option<Arc<Self>> {
        if self.newest <= moment {
            return Some(Arc::clone(self));
        }
        let mut column = Self::default();
        for (row, since) in self.since.iter().enumerate().filter(|(row, _)| self.micros(*row) != micros::ABSENT) {
            let then = if *since <= moment { self.cell(row).map(|cell| (*since, cell)) } else { self.past_cell(row, moment) };
            if let Some((since, cell)) = then {
                column.put(row, since, cell);
                // What was in force before that still says whether it came in time.
                let before: Vec<_> = self.past.get(&row).into_iter().flatten().filter(|(earlier, _)| *earlier < since).cloned().collect();
                if !before.is_empty() {
                    column.past.insert(row, before);
                }
            }
        }
        (!column.values.is_empty()).then(|| Arc::new(column))
    }

    /// The value.
    pub fn value(&self, row: usize) -> Option<Decimal> {
        micros::value(self.micros(row)).map(decimal::from_micros)
    }

    /// The value in 10⁻⁶, [`micros::ABSENT`] where there is none.
    pub fn micros(&self, row: usize) -> i64 {
        self.values.get(row).copied().unwrap_or(micros::ABSENT)
    }

    /// The value with all that stood beside it.
    pub fn cell(&self, row: usize) -> Option<Cell> {
        let micros = micros::value(self.micros(row))?;
        let extra = self.extras.get(&row);
        Some(Cell {
            micros,
            text: extra.and_then(|extra| extra.text.as_deref()).map_or_else(|| plain(micros), str::to_owned),
            proxy: extra.and_then(|extra| extra.proxy.clone()),
            printed_rank: extra.and_then(|extra| extra.printed_rank),
            simulated: self.is_simulated(row),
            submitter: self.submitters.get(row),
        })
    }

    /// Since when the value is in force; `None` where there is none.
    pub fn since(&self, row: usize) -> Option<Moment> {
        self.since.get(row).copied().filter(|_| self.micros(row) != micros::ABSENT)
    }

    /// True where the value was simulated.
    pub fn is_simulated(&self, row: usize) -> bool {
        self.simulated.get(row)
    }

    /// Rows that have a value and had none yet at a moment.
    pub fn first_since(&self, moment: Moment) -> impl Iterator<Item = usize> {
        let rows = self.since.iter().enumerate().filter(move |(_, since)| self.newest > moment && **since > moment);
        rows.map(|(row, _)| row).filter(move |row| self.micros(*row) != micros::ABSENT && self.past_cell(*row, moment).is_none())
    }

    /// Takes a value away, as if it had never been reported.
    pub fn clear(&mut self, row: usize) {
        if let Some(value) = self.values.get_mut(row) {
            *value = micros::ABSENT;
        }
        self.simulated.put(row, false);
        self.submitters.put(row, None);
        self.extras.remove(&row);
    }

    fn past_cell(&self, row: usize, moment: Moment) -> Option<(Moment, Cell)> {
        self.past.get(&row)?.iter().rev().find(|(since, _)| *since <= moment).cloned()
    }

    fn put(&mut self, row: usize, moment: Moment, cell: Cell) {
        if self.values.len() <= row {
            self.values.resize(row + 1, micros::ABSENT);
            self.since.resize(row + 1, Moment::default());
        }
        let text = (cell.text != plain(cell.micros)).then(|| cell.text.into_boxed_str());
        let extra = Extra { text, proxy: cell.proxy, printed_rank: cell.printed_rank };
        if let (Some(value), Some(since)) = (self.values.get_mut(row), self.since.get_mut(row)) {
            (*value, *since) = (cell.micros, moment);
        }
        self.newest = self.newest.max(moment);
        self.simulated.put(row, cell.simulated);
        self.submitters.put(row, cell.submitter);
        if extra == (Extra { text: None, proxy: None, printed_rank: None }) {
            self.extras.remove(&row);
        } else {
            self.extras.insert(row, extra);
        }
    }
}

fn plain(micros: i64) -> String {
    decimal::from_micros(micros).to_string()
}

/// One of few names a row: a column is submitted by a handful of agencies.
#[derive(Debug, Clone, Default)]
struct Names {
    names: Vec<Arc<str>>,
    /// Number of the row's name, from 1; 0 for none.
    of_row: Vec<u32>,
}

impl Names {
    fn put(&mut self, row: usize, name: Option<Arc<str>>) {
        let number = name.map_or(0, |name| {
            let known = self.names.iter().position(|other| *other == name);
            known.unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            }) + 1
        });
        if self.of_row.len() <= row {
            self.of_row.resize(row + 1, 0);
        }
        if let (Some(slot), Ok(number)) = (self.of_row.get_mut(row), u32::try_from(number)) {
            *slot = number;
        }
    }

    fn get(&self, row: usize) -> Option<Arc<str>> {
        let number = usize::try_from(*self.of_row.get(row)?).ok()?;
        self.names.get(number.checked_sub(1)?).cloned()
    }
}

/// One bit a row.
#[derive(Debug, Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn put(&mut self, row: usize, bit: bool) {
        if self.0.len() <= row / 64 {
            self.0.resize(row / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(row / 64) {
            *word = *word & !(1 << (row % 64)) | u64::from(bit) << (row % 64);
        }
    }

    fn get(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::moments::Moments, *};

    fn cell(micros: i64, text: &str) -> Cell {
        Cell { micros, text: text.to_owned(), ..Cell::default() }
    }

    #[test]
    fn a_cell_comes_back_as_it_was_put() {
        let mut column = Column::default();
        let full = Cell {
            proxy: Some("规模以上工业".into()),
            printed_rank: Some(12),
            simulated: true,
            submitter: Some("市统计局".into()),
            ..cell(6_170_000, "6.17000000000001")
        };
        column.set(0, Moment::default(), cell(0, "0"));
        column.set(130, Moment::default(), full.clone());
        assert_eq!(column.cell(130), Some(full));
        assert_eq!(column.cell(0), Some(cell(0, "0")));
        assert_eq!((column.cell(1), column.cell(131), column.value(64)), (None, None, None));
    }

    #[test]
    fn a_correction_takes_the_place_of_the_value_and_of_all_beside_it() {
        let mut column = Column::default();
        column.set(
            3,
            Moment::default(),
            Cell { printed_rank: Some(2), simulated: true, submitter: Some("市统计局".into()), ..cell(1_000_000, "1.0") },
        );
        column.set(3, Moment::default(), cell(5_400_000, "5.4"));
        assert_eq!(column.cell(3), Some(cell(5_400_000, "5.4")));
        assert!(column.extras.is_empty());
    }

    #[test]
    fn what_came_first_after_a_moment_is_not_what_was_corrected_after_it() {
        let mut moments = Moments::default();
        let [first, second] = [1, 2].map(|millis| moments.of_entry(millis));
        let mut column = Column::default();
        column.set(0, first, cell(1_000_000, "1"));
        column.set(3, first, cell(2_000_000, "2"));
        column.set(3, second, cell(2_100_000, "2.1"));
        column.set(5, second, cell(3_000_000, "3"));
        assert_eq!(column.first_since(first).collect::<Vec<_>>(), [5]);
        assert_eq!(column.first_since(second).count(), 0);
    }

    #[test]
    fn looking_back_keeps_what_came_in_time() {
        let mut moments = Moments::default();
        let [frozen, corrected, later] = [1, 2, 3].map(|millis| moments.of_entry(millis));
        let mut column = Column::default();
        column.set(3, frozen, cell(2_000_000, "2"));
        column.set(3, corrected, cell(2_100_000, "2.1"));
        column.set(9, later, cell(1_000_000, "1"));
        let then = Arc::new(column).at(corrected).unwrap();
        assert_eq!((then.first_since(frozen).count(), then.at(frozen).unwrap().cell(3)), (0, Some(cell(2_000_000, "2"))));
    }

    #[test]
    fn the_past_is_kept() {
        let mut moments = Moments::default();
        let [first, second, third] = [1, 2, 3].map(|millis| moments.of_entry(millis));
        let mut column = Column::default();
        let printed = Cell { printed_rank: Some(2), ..cell(1_000_000, "1.0") };
        column.set(3, second, printed.clone());
        column.set(3, third, cell(5_400_000, "5.4"));
        column.set(4, second, cell(7_000_000, "7"));
        let column = Arc::new(column);
        assert!(column.at(first).is_none());
        let then = column.at(second).unwrap();
        assert_eq!((then.cell(3), then.cell(4)), (Some(printed), Some(cell(7_000_000, "7"))));
        assert_eq!(column.at(third).unwrap().cell(3), Some(cell(5_400_000, "5.4")));
        assert!(Arc::ptr_eq(&column, &column.at(Moment::NEWEST).unwrap()));
    }
}
