//! Changes of divisions: former names, and the county set as it stood at the end of a year.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Division, DivisionKind, LIST_YEAR, Level, Registry, RegistryError};
use crate::plan::CountySet;

/// Why a county set cannot be derived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CountySetError {
    /// The division above is unknown.
    #[error("`{0}` is the code of no division")]
    UnknownDivision(String),
    /// No changes are known for the province, so an earlier year would be a guess.
    #[error("the counties of {province} are known only as of {LIST_YEAR}: its earlier changes are not on record")]
    NoHistory {
        /// The province's code.
        province: String,
    },
    /// Before the first year on record, or in the future.
    #[error("the counties at the end of {year} are not on record: give {first} to {LIST_YEAR}")]
    OutOfRange {
        /// The year asked for.
        year: i32,
        /// First year on record.
        first: i32,
    },
}

/// A name or code that a division had before a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerName {
    /// Full name before the change.
    pub name: String,
    /// Code before the change.
    pub code: String,
    /// Year of the change; the name was in force until then.
    pub until: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum ChangeKind {
    #[serde(rename = "撤销")]
    Abolished,
    #[serde(rename = "新设")]
    Created,
    #[serde(rename = "同名改码")]
    Recoded,
    #[serde(rename = "更名")]
    Renamed,
    #[serde(rename = "撤县设区")]
    CountyToDistrict,
    #[serde(rename = "撤市设区")]
    CityToDistrict,
    #[serde(rename = "撤县设市")]
    CountyToCity,
    #[serde(rename = "区划调整")]
    Redrawn,
}

impl ChangeKind {
    /// The place went on as one division under another name, code or kind.
    pub(super) fn continues(self) -> bool {
        matches!(self, Self::Recoded | Self::Renamed | Self::CountyToDistrict | Self::CityToDistrict | Self::CountyToCity)
    }

    /// The new division did not stand before the change. An abolished one was joined to a division that may have stood already.
    pub(super) fn creates(self) -> bool {
        self != Self::Abolished
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Change {
    pub year: i32,
    #[serde(rename = "type")]
    pub kind: ChangeKind,
    pub old_code: Option<String>,
    pub old_name: Option<String>,
    pub new_code: Option<String>,
}

/// Changes on record, by province.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Oldest first.
    pub changes: Vec<Change>,
    /// Province code → first year on record.
    since: BTreeMap<String, i32>,
}

impl History {
    pub(super) fn read(&mut self, province_code: &str, since: i32, text: &str) -> Result<(), RegistryError> {
        let inside = |code: &String| code.get(..2) == province_code.get(..2);
        for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
            let mut change: Change = row?;
            // Namesakes in other provinces are not what became of a division.
            change.new_code = change.new_code.filter(inside);
            if change.old_code.as_ref().or(change.new_code.as_ref()).is_some_and(inside) {
                self.changes.push(change);
            }
        }
        self.changes.sort_by_key(|change| change.year);
        self.since.insert(province_code.to_owned(), since);
        Ok(())
    }
}

impl Registry {
    /// Names and codes that this division had before, oldest first.
    pub fn former_names<'a>(&'a self, code: &'a str) -> impl Iterator<Item = FormerName> + 'a {
        let of_this = |change: &&Change| change.kind.continues() && change.new_code.as_deref() == Some(code);
        self.history
            .changes
            .iter()
            .filter(of_this)
            .filter_map(|change| Some(FormerName { name: change.old_name.clone()?, code: change.old_code.clone()?, until: change.year }))
    }

    /// Counties, autonomous counties, county-level cities and banners under a division as they stood at the end of a year, by code.
    ///
    /// Earlier sets are the list with every later change undone: Heilongjiang has 67 from 2019 on and 63 at the end of 2014 to 2018.
    ///
    /// # Errors
    /// [`CountySetError`] where the year is not on record.
    pub fn county_set(&self, set: &CountySet) -> Result<Vec<Division>, CountySetError> {
        let unknown = || CountySetError::UnknownDivision(set.under.clone());
        let province = self.lineage(&set.under).last().ok_or_else(unknown)?;
        self.check_year(&province.code, set.year)?;
        let mut standing: BTreeMap<String, Division> =
            self.divisions.iter().filter(|division| division.level == Level::County).map(|one| (one.code.clone(), one.clone())).collect();
        for change in self.history.changes.iter().rev().filter(|change| change.year > set.year) {
            self.undo(change, &mut standing);
        }
        let within = |division: &Division| {
            division.code == set.under || division.parent_code.as_deref().is_some_and(|parent| self.is_within(parent, &set.under))
        };
        Ok(standing.into_values().filter(|division| division.is_county() && within(division)).collect())
    }

    fn check_year(&self, province: &str, year: i32) -> Result<(), CountySetError> {
        if year == LIST_YEAR {
            return Ok(());
        }
        let no_history = || CountySetError::NoHistory { province: province.to_owned() };
        let first = *self.history.since.get(province).ok_or_else(no_history)?;
        if (first..=LIST_YEAR).contains(&year) { Ok(()) } else { Err(CountySetError::OutOfRange { year, first }) }
    }

    fn undo(&self, change: &Change, standing: &mut BTreeMap<String, Division>) {
        if let Some(new) = change.new_code.as_ref().filter(|_| change.kind.creates()) {
            standing.remove(new);
        }
        if let (Some(code), Some(name)) = (&change.old_code, &change.old_name) {
            standing.insert(code.clone(), self.before(code, name));
        }
    }

    /// A division that no longer stands; its code still says where it lay.
    pub(super) fn before(&self, code: &str, name: &str) -> Division {
        let above = |digits: usize| code.get(..digits).map(|head| format!("{head:0<6}")).filter(|parent| self.get(parent).is_some());
        Division {
            code: code.to_owned(),
            name: name.to_owned(),
            parent_code: above(4).or_else(|| above(2)),
            level: Level::County,
            kind: kind_of(name),
        }
    }
}

/// The kind that a county-level name says.
fn kind_of(name: &str) -> DivisionKind {
    match name.chars().last() {
        _ if name.ends_with("自治县") => DivisionKind::AutonomousCounty,
        Some('市') => DivisionKind::CountyCity,
        Some('区') => DivisionKind::District,
        _ => DivisionKind::County,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn codes(under: &str, year: i32) -> Result<Vec<String>, CountySetError> {
        let set = CountySet { under: under.to_owned(), year };
        Ok(Registry::shipped().unwrap().county_set(&set)?.into_iter().map(|division| division.code).collect())
    }

    #[test]
    fn set_of_2025_is_the_list_of_67() {
        let rows = csv::Reader::from_reader(include_str!("../../data/heilongjiang_counties_67.csv").as_bytes()).into_records();
        let expected: Vec<String> = rows.map(|row| row.unwrap()[0].to_owned()).collect();
        assert_eq!(expected.len(), 67);
        assert_eq!(codes("230000", 2025).unwrap(), expected);
    }

    #[rstest]
    #[case(2026, 67)]
    #[case(2019, 67)]
    #[case(2018, 63)]
    #[case(2014, 63)]
    #[case(2013, 64)] // 双城市 became a district in 2014
    #[case(2005, 65)] // 阿城市 in 2006
    #[case(2003, 66)] // 呼兰县 in 2004
    fn membership_is_dated(#[case] year: i32, #[case] counties: usize) {
        assert_eq!(codes("230000", year).unwrap().len(), counties);
    }

    #[test]
    fn earlier_sets_hold_earlier_codes() {
        let (before, after) = (codes("230000", 2018).unwrap(), codes("230000", 2019).unwrap());
        let gone: Vec<&String> = before.iter().filter(|code| !after.contains(code)).collect();
        let come: Vec<&String> = after.iter().filter(|code| !before.contains(code)).collect();
        assert_eq!(gone, ["231121"]);
        assert_eq!(come, ["230723", "230724", "230725", "230726", "231183"]);
        assert_eq!(codes("230700", 2018).unwrap(), ["230722", "230781"], "Yichun had two counties before 2019");
        assert_eq!(codes("230700", 2025).unwrap().len(), 6);
    }

    #[test]
    fn districts_are_no_counties() {
        assert_eq!(codes("430500", 2026).unwrap().len(), 9);
    }

    #[test]
    fn years_off_the_record_are_refused() {
        assert_eq!(codes("230000", 1999), Err(CountySetError::OutOfRange { year: 1999, first: 2000 }));
        assert_eq!(codes("230000", 2027), Err(CountySetError::OutOfRange { year: 2027, first: 2000 }));
        assert_eq!(codes("430500", 2024), Err(CountySetError::NoHistory { province: "430000".into() }));
        assert_eq!(codes("990000", 2025), Err(CountySetError::UnknownDivision("990000".into())));
    }

    #[test]
    fn former_names_are_dated() {
        let registry = Registry::shipped().unwrap();
        let former: Vec<FormerName> = registry.former_names("231183").collect();
        assert_eq!(former, [FormerName { name: "嫩江县".into(), code: "231121".into(), until: 2019 }]);
    }
}
