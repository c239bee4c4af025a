//! What a name or code means, in a year or at any time.

use super::{
    Division, Registry,
    names::{Candidate, NameError, plain},
    past::Past,
};

/// A division that a text may mean.
#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    /// As it stands today, and the year of the change by which it came to.
    Present(&'a Division, Option<i32>),
    /// As it stood before a change.
    Past(&'a Past),
}

impl Found<'_> {
    /// True where it stood in the year. Changes are on record by year: in that of a change both sides stand.
    fn stood(self, year: i32) -> bool {
        match self {
            Self::Present(_, since) => since.is_none_or(|since| since <= year),
            Self::Past(past) => past.since.is_none_or(|since| since <= year) && year <= past.until,
        }
    }

    fn ended_before(self, year: i32) -> bool {
        matches!(self, Self::Past(past) if past.until < year)
    }

    fn is_present(self) -> bool {
        matches!(self, Self::Present(..))
    }

    fn went_on(self) -> bool {
        matches!(self, Self::Past(past) if past.now.is_some())
    }
}

impl Registry {
    /// The division that a text means: a six-digit code, a full name, a short name, or one of these from before a change.
    ///
    /// Blanks inside the text do not count. `under` keeps to a province, a prefecture or a county and everything below it. A full name beats
    /// a short one, a name in force beats a former one: under 430500 `邵阳县` is the county and `邵阳市` the city, while `邵阳` may be
    /// either and is refused. A former name or code (`嫩江县`, `231121`) is taken only where the place went on as one division; a
    /// division that was merged is [`NameError::Abolished`].
    ///
    /// # Errors
    /// [`NameError`] says what the text may be; it is never guessed at.
    pub fn resolve(&self, text: &str, under: Option<&str>) -> Result<&Division, NameError> {
        self.choose(text, under, [&|found| found.is_present(), &|found| found.went_on()])
    }

    /// What a text means where it stands for a year: [`Self::resolve`] with the names of that year.
    ///
    /// A name that stood then goes first, and one that ended before is [`NameError::Renamed`] or [`NameError::Abolished`]. A place that went on
    /// as one division is answered as it stands today, so that its series goes on; one that was merged later as it stood then. A name that came
    /// later is taken too: figures of earlier years are restated for the divisions of today.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn resolve_in(&self, text: &str, under: Option<&str>, year: i32) -> Result<&Division, NameError> {
        self.choose(text, under, [&|found| found.stood(year), &|found| !found.ended_before(year)])
    }

    /// The only division that a text means, among those that the first test passes, else among those of the second.
    fn choose(&self, text: &str, under: Option<&str>, tests: [&dyn Fn(Found<'_>) -> bool; 2]) -> Result<&Division, NameError> {
        if let Some(scope) = under.filter(|scope| self.get(scope).is_none()) {
            return Err(NameError::UnknownScope(scope.to_owned()));
        }
        let key = plain(text);
        let tiers = self.found(&key);
        for test in tests {
            for tier in &tiers {
                let passed = tier.iter().filter(|found| test(**found)).filter_map(|found| self.as_answered(*found));
                let mut divisions: Vec<&Division> = passed.filter(|division| self.is_inside(division, under)).collect();
                divisions.sort_by(|one, other| one.code.cmp(&other.code));
                divisions.dedup_by(|one, other| one.code == other.code);
                match divisions.as_slice() {
                    [] => {}
                    [only] => return Ok(only),
                    several => return Err(self.ambiguous(text, several)),
                }
            }
        }
        let ended = tiers.iter().find_map(|tier| tier.iter().rev().find_map(|found| self.ended(text, *found, under)));
        Err(ended.unwrap_or_else(|| NameError::Unknown { text: text.to_owned(), under: under.map(str::to_owned) }))
    }

    /// Everything that the text is or was the code, the full name or the short name of.
    fn found(&self, key: &str) -> [Vec<Found<'_>>; 3] {
        let [present, past] = [self.names.tiers(key), self.past.names.tiers(key)];
        [0, 1, 2].map(|tier: usize| {
            let present = present[tier].iter().filter_map(|at| self.divisions.get(*at));
            let present = present.map(|division| Found::Present(division, self.history.began(&division.code)));
            let past = past[tier].iter().filter_map(|at| self.past.list.get(*at)).map(Found::Past);
            present.chain(past).collect()
        })
    }

    fn as_answered<'a>(&'a self, found: Found<'a>) -> Option<&'a Division> {
        match found {
            Found::Present(division, _) => Some(division),
            Found::Past(past) => past.now.as_deref().map_or(Some(&past.division), |now| self.get(now)),
        }
    }

    fn is_inside(&self, division: &Division, under: Option<&str>) -> bool {
        let above = division.parent_code.as_deref();
        under.is_none_or(|scope| division.code == scope || above.is_some_and(|above| self.is_within(above, scope)))
    }

    fn ambiguous(&self, text: &str, several: &[&Division]) -> NameError {
        let candidates = several.iter().map(|division| self.candidate(division)).collect();
        NameError::Ambiguous { text: text.to_owned(), candidates }
    }

    /// What became of a division that is looked for where it lay, or in a part of that.
    fn ended(&self, text: &str, found: Found<'_>, under: Option<&str>) -> Option<NameError> {
        let Found::Past(past) = found else { return None };
        let above = past.division.parent_code.as_deref()?;
        under.is_none_or(|scope| self.is_within(above, scope) || self.is_within(scope, above)).then_some(())?;
        let (text, year) = (text.to_owned(), past.until);
        let known = |code: &Option<String>| code.as_deref().and_then(|code| self.get(code)).map(|division| self.candidate(division));
        Some(match known(&past.now) {
            Some(now) => NameError::Renamed { text, year, now },
            None => NameError::Abolished { text, year, successor: known(&past.joined) },
        })
    }

    fn candidate(&self, division: &Division) -> Candidate {
        let above = division.parent_code.as_deref().and_then(|above| self.full_name(above)).unwrap_or_default();
        Candidate { code: division.code.clone(), full_name: above + &division.name }
    }
}

#[cfg(test)]
mod tests;
