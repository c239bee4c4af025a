//! One county's year as a row of windows: what each reported stretch of months says about the months to come.

use super::{History, Method, NoProjection};
use crate::plan::Kind;

/// One stretch of months between two reported values.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Window {
    /// Growth in percent, amount a month, or stock.
    pub value: f64,
    /// Weight in months: last year's share of the stretch × 12. A month with a tiny base says little.
    pub exposure: f64,
    /// Months from the middle of the window before (a stock: from the month before); 0 for the first.
    pub gap: f64,
}

/// The windows, and how the rest of the year makes the year's end: `known + weight × rest`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path {
    windows: [Window; 12],
    count: usize,
    pub method: Method,
    pub month: u8,
    pub december: Option<f64>,
    pub base_share: Option<f64>,
    pub known: f64,
    pub weight: f64,
    /// The remaining months' weight in months.
    pub exposure_left: f64,
    /// True where the year's end is the last step of the walk, false where it is the sum of all.
    pub stock: bool,
}

impl Path {
    /// Reads a history by the best method that its last year allows.
    pub fn new(history: &History<'_>) -> Result<Self, NoProjection> {
        in_order(history.this_year)?;
        in_order(history.last_year)?;
        let (month, value) = *history.this_year.last().ok_or(NoProjection::TooFewPeriods)?;
        let mut path = match history.kind {
            Kind::Rate => growth(history, month, value),
            Kind::Flow => amount(history, month, value),
            Kind::Level => level(history, month, value),
            Kind::Change => change(history, month, value),
            Kind::Share => share(history, month),
        }?;
        path.december = (month == 12).then_some(value);
        if path.windows().iter().all(|window| window.value.is_finite()) { Ok(path) } else { Err(NoProjection::NoBase) }
    }

    pub fn windows(&self) -> &[Window] {
        self.windows.get(..self.count).unwrap_or_default()
    }

    fn empty(method: Method, month: u8) -> Self {
        let left = f64::from(12 - month.min(12));
        Self {
            windows: [Window::default(); 12],
            count: 0,
            method,
            month,
            december: None,
            base_share: None,
            known: 0.0,
            weight: left,
            exposure_left: left,
            stock: false,
        }
    }

    fn push(&mut self, window: Window) {
        if let Some(place) = self.windows.get_mut(self.count) {
            *place = window;
            self.count += 1;
        }
    }

    /// One window for each reported month: `value(index, share, previous index, previous share)`.
    fn fill_sums(&mut self, points: impl Iterator<Item = (u8, f64, f64)>, from: (u8, f64)) -> Result<(), NoProjection> {
        let (mut before, mut index_before, mut share_before, mut length_before) = (from.0, from.1, 0.0, 0.0);
        for (month, index, share) in points {
            let (length, part) = (f64::from(month - before), share - share_before);
            if part <= 0.0 {
                return Err(NoProjection::NoBase);
            }
            let gap = if self.count == 0 { 0.0 } else { (length + length_before) / 2.0 };
            self.push(Window { value: (index - index_before) / part, exposure: 12.0 * part, gap });
            (before, index_before, share_before, length_before) = (month, index, share, length);
        }
        if self.count == 0 { Err(NoProjection::TooFewPeriods) } else { Ok(()) }
    }

    fn fill_stocks(&mut self, points: impl Iterator<Item = (u8, f64)>) -> Result<(), NoProjection> {
        let mut before = None;
        for (month, value) in points {
            let gap = before.map_or(0.0, |before| f64::from(month - before));
            self.push(Window { value, exposure: 1.0, gap });
            before = Some(month);
        }
        self.stock = true;
        if self.count == 0 { Err(NoProjection::TooFewPeriods) } else { Ok(()) }
    }
}

fn in_order(values: &[(u8, f64)]) -> Result<(), NoProjection> {
    let ascending = values.iter().zip(values.iter().skip(1)).all(|(one, next)| one.0 < next.0);
    let sound = values.iter().all(|(month, value)| (1..=12).contains(month) && value.is_finite());
    if ascending && sound { Ok(()) } else { Err(NoProjection::NotInOrder) }
}

fn at(values: &[(u8, f64)], month: u8) -> Option<f64> {
    values.iter().find(|(found, _)| *found == month).map(|(_, value)| *value)
}

/// December and the same month of last year, where both are known; December alone is no profile.
fn base(history: &History<'_>, month: u8) -> Option<(f64, f64)> {
    let known = at(history.last_year, 12).zip(at(history.last_year, month));
    known.filter(|_| history.last_year.len() > 1)
}

/// The reported months that last year knows too: month, this year's value, last year's.
fn paired<'a>(history: &History<'a>) -> impl Iterator<Item = (u8, f64, f64)> + use<'a> {
    let last_year = history.last_year;
    history.this_year.iter().filter_map(move |(month, value)| at(last_year, *month).map(|base| (*month, *value, base)))
}

/// Growth to date is Σ share × growth, so the growth of a stretch is the difference of share × growth over that of share.
fn growth(history: &History<'_>, month: u8, value: f64) -> Result<Path, NoProjection> {
    let months = f64::from(month);
    let (mut path, share) = if let Some((year, to_date)) = base(history, month) {
        if year <= 0.0 {
            return Err(NoProjection::NoBase);
        }
        let mut path = Path::empty(Method::GrowthByProfile, month);
        path.fill_sums(paired(history).map(|(month, value, base)| (month, value * base / year, base / year)), (0, 0.0))?;
        (path, to_date / year)
    } else {
        let share = if month == 12 { 1.0 } else { history.base_share.unwrap_or(months / 12.0) };
        let part = |month: u8| share * f64::from(month) / months;
        let mut path = Path::empty(Method::GrowthByShare, month);
        path.fill_sums(history.this_year.iter().map(|(month, value)| (*month, value * part(*month), part(*month))), (0, 0.0))?;
        (path, share)
    };
    path.base_share = Some(share);
    (path.known, path.weight, path.exposure_left) = (share * value, 1.0 - share, 12.0 * (1.0 - share));
    within_year(path, share)
}

fn within_year(path: Path, share: f64) -> Result<Path, NoProjection> {
    if path.month == 12 || (share > 0.0 && share < 1.0) { Ok(path) } else { Err(NoProjection::NoBase) }
}

fn amount(history: &History<'_>, month: u8, value: f64) -> Result<Path, NoProjection> {
    if let Some((year, to_date)) = base(history, month) {
        if year <= 0.0 {
            return Err(NoProjection::NoBase);
        }
        let share = to_date / year;
        let mut path = Path::empty(Method::AmountByProfile, month);
        let percent = |value: f64, base: f64| 100.0 * (value - base) / year;
        path.fill_sums(paired(history).map(|(month, value, base)| (month, percent(value, base), base / year)), (0, 0.0))?;
        path.base_share = Some(share);
        path.exposure_left = 12.0 * (1.0 - share);
        (path.known, path.weight) = (value + year - to_date, (year - to_date) / 100.0);
        return within_year(path, share);
    }
    if value <= 0.0 {
        return Err(NoProjection::NoBase);
    }
    let (months, mut path) = (f64::from(month), Path::empty(Method::AmountByPace, month));
    // In percent of the pace so far, so that counties of all sizes can be pooled.
    let points = history.this_year.iter().map(|(at, amount)| (*at, 100.0 * amount / value * months / 12.0, f64::from(*at) / 12.0));
    path.fill_sums(points, (0, 0.0))?;
    path.known = value;
    path.weight *= value / months / 100.0;
    Ok(path)
}

fn change(history: &History<'_>, month: u8, value: f64) -> Result<Path, NoProjection> {
    let mut path = Path::empty(Method::ChangeByPace, month);
    path.fill_sums(history.this_year.iter().map(|(month, value)| (*month, value / 12.0, f64::from(*month) / 12.0)), (0, 0.0))?;
    path.known = value;
    Ok(path)
}

fn level(history: &History<'_>, month: u8, value: f64) -> Result<Path, NoProjection> {
    if let Some((year, _)) = base(history, month) {
        if year <= 0.0 || history.last_year.iter().any(|(_, stock)| *stock <= 0.0) {
            return Err(NoProjection::NoBase);
        }
        let mut path = Path::empty(Method::StockByProfile, month);
        path.fill_stocks(paired(history).map(|(month, value, base)| (month, 100.0 * (value / base - 1.0))))?;
        (path.known, path.weight) = (year, year / 100.0);
        return Ok(path);
    }
    drift(history, month, value)
}

/// From last year's end where it is known, else from this year's first value.
fn drift(history: &History<'_>, month: u8, value: f64) -> Result<Path, NoProjection> {
    if value <= 0.0 {
        return Err(NoProjection::NoBase);
    }
    let first = history.this_year.first().copied().ok_or(NoProjection::TooFewPeriods)?;
    let (start, skip) = at(history.last_year, 12).map_or((first, 1), |stock| ((0, stock), 0));
    let mut path = Path::empty(Method::StockByDrift, month);
    let percent = |stock: f64| 100.0 * stock / value / 12.0;
    let points = history.this_year.iter().skip(skip).map(|(at, stock)| (*at, percent(*stock), f64::from(at - start.0) / 12.0));
    path.fill_sums(points, (start.0, percent(start.1)))?;
    path.known = value;
    path.weight *= value / 100.0;
    Ok(path)
}

fn share(history: &History<'_>, month: u8) -> Result<Path, NoProjection> {
    let mut path = Path::empty(Method::ShareStays, month);
    path.fill_stocks(history.this_year.iter().copied())?;
    path.weight = 1.0;
    Ok(path)
}
