//! Divisions of China by GB/T 2260 code: parents, names as workbooks print them, and dated county sets.
//!
//! A name is resolved or refused, never guessed.

mod history;
mod names;
mod past;
mod resolve;

use std::collections::HashMap;

use serde::Deserialize;

pub use self::{
    history::{CountySetError, FormerName},
    names::{Candidate, NameError},
};

/// Year of the shipped list: it stands as of September of this year.
pub const LIST_YEAR: i32 = 2026;

/// One division as it stands, or stood in the year of a county set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Six digits, GB/T 2260.
    pub code: String,
    /// Full name: `城步苗族自治县`.
    pub name: String,
    /// Code of the prefecture or province above it; `None` for a province.
    pub parent_code: Option<String>,
    /// Which of the three levels.
    pub level: Level,
    /// What it is within its level.
    pub kind: DivisionKind,
}

impl Division {
    /// True at county level except for districts of a city: what a plan for counties judges.
    #[must_use]
    pub fn is_county(&self) -> bool {
        self.level == Level::County && self.kind != DivisionKind::District
    }
}

/// The three levels of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Level {
    /// Provinces, autonomous regions, municipalities.
    #[serde(rename = "1")]
    Province,
    /// Prefecture-level cities, prefectures, leagues, autonomous prefectures.
    #[serde(rename = "2")]
    Prefecture,
    /// Counties, county-level cities, districts, banners.
    #[serde(rename = "3")]
    County,
}

/// The type column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum DivisionKind {
    /// 省
    #[serde(rename = "省")]
    Province,
    /// 直辖市
    #[serde(rename = "直辖市")]
    Municipality,
    /// 自治区
    #[serde(rename = "自治区")]
    AutonomousRegion,
    /// 特别行政区
    #[serde(rename = "特别行政区")]
    SpecialRegion,
    /// 地级市
    #[serde(rename = "地级市")]
    PrefectureCity,
    /// 地区
    #[serde(rename = "地区")]
    Prefecture,
    /// 盟
    #[serde(rename = "盟")]
    League,
    /// 自治州
    #[serde(rename = "自治州")]
    AutonomousPrefecture,
    /// 县
    #[serde(rename = "县")]
    County,
    /// 自治县
    #[serde(rename = "自治县")]
    AutonomousCounty,
    /// 县级市
    #[serde(rename = "县级市")]
    CountyCity,
    /// 市辖区
    #[serde(rename = "市辖区")]
    District,
    /// 旗
    #[serde(rename = "旗")]
    Banner,
    /// 自治旗
    #[serde(rename = "自治旗")]
    AutonomousBanner,
    /// 林区
    #[serde(rename = "林区")]
    ForestDistrict,
    /// 特区
    #[serde(rename = "特区")]
    SpecialDistrict,
}

/// Why a text is no list of divisions.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Not CSV, or not the columns of the list.
    #[error("the list of divisions cannot be read")]
    Syntax(#[from] csv::Error),
    /// The same code twice.
    #[error("division `{0}` stands twice in the list")]
    Duplicate(String),
    /// A parent that the list does not have.
    #[error("division `{code}` names the parent `{parent}`, which the list does not have")]
    Orphan {
        /// The division's code.
        code: String,
        /// The parent's code.
        parent: String,
    },
}

/// Every division of a list, with the changes that are known.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    divisions: Vec<Division>,
    by_code: HashMap<String, usize>,
    names: names::Names,
    history: history::History,
    past: past::Pasts,
}

#[derive(Deserialize)]
struct Row {
    code: String,
    name: String,
    parent_code: Option<String>,
    level: Level,
    #[serde(rename = "type")]
    kind: DivisionKind,
}

impl Registry {
    /// The list of China that ships with the program, with the changes in Heilongjiang since 2000.
    ///
    /// # Errors
    /// [`RegistryError`] only where the shipped files were damaged.
    pub fn shipped() -> Result<Self, RegistryError> {
        Self::from_csv(include_str!("../data/divisions_cn.csv"))?.with_changes(
            "230000",
            2000,
            include_str!("../data/heilongjiang_division_changes_since_2000.csv"),
        )
    }

    /// Reads a list with the columns `code,name,parent_code,level,type`.
    ///
    /// # Errors
    /// [`RegistryError`] names the line or the division.
    pub fn from_csv(text: &str) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
            let Row { code, name, parent_code, level, kind } = row?;
            registry.push(Division { code, name, parent_code, level, kind })?;
        }
        for division in &registry.divisions {
            if let Some(parent) = division.parent_code.as_ref().filter(|parent| registry.get(parent).is_none()) {
                return Err(RegistryError::Orphan { code: division.code.clone(), parent: parent.clone() });
            }
        }
        Ok(registry)
    }

    fn push(&mut self, division: Division) -> Result<(), RegistryError> {
        let position = self.divisions.len();
        if self.by_code.insert(division.code.clone(), position).is_some() {
            return Err(RegistryError::Duplicate(division.code));
        }
        self.names.add(&division, position);
        self.divisions.push(division);
        Ok(())
    }

    /// Adds the changes of one province with the columns `year,type,level,old_code,old_name,new_code,new_name`,
    /// complete from the end of year `since` on.
    ///
    /// # Errors
    /// [`RegistryError::Syntax`] names the line.
    pub fn with_changes(mut self, province_code: &str, since: i32, text: &str) -> Result<Self, RegistryError> {
        self.history.read(province_code, since, text)?;
        self.past = self.pasts();
        Ok(self)
    }

    /// The division with this code, as it stands today.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Division> {
        self.divisions.get(*self.by_code.get(code)?)
    }

    /// Every division, by the list's order.
    pub fn iter(&self) -> impl Iterator<Item = &Division> {
        self.divisions.iter()
    }

    /// Divisions directly below this one, by the list's order.
    pub fn children<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Division> {
        self.divisions.iter().filter(move |division| division.parent_code.as_deref() == Some(code))
    }

    /// The prefecture that a county belongs to, or the prefecture itself; `None` for provinces and for counties directly under one.
    #[must_use]
    pub fn prefecture_of(&self, code: &str) -> Option<&Division> {
        self.lineage(code).find(|division| division.level == Level::Prefecture)
    }

    /// Names from the province down: `湖南省邵阳市邵阳县`.
    #[must_use]
    pub fn full_name(&self, code: &str) -> Option<String> {
        let mut names: Vec<&str> = self.lineage(code).map(|division| division.name.as_str()).collect();
        names.reverse();
        (!names.is_empty()).then(|| names.concat())
    }

    /// True for the division itself and everything below it.
    #[must_use]
    pub fn is_within(&self, code: &str, under: &str) -> bool {
        self.lineage(code).any(|division| division.code == under)
    }

    /// The division and what is above it, upwards.
    fn lineage(&self, code: &str) -> impl Iterator<Item = &Division> {
        // Three levels: a list whose parents form a ring still ends here.
        std::iter::successors(self.get(code), |division| self.get(division.parent_code.as_deref()?)).take(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_list_has_three_levels() {
        let registry = Registry::shipped().unwrap();
        let count = |level| registry.divisions.iter().filter(|division| division.level == level).count();
        assert_eq!((count(Level::Province), count(Level::Prefecture), registry.divisions.len()), (34, 333, 3_214));
        assert_eq!(registry.children("430500").count(), 12);
        assert_eq!(registry.children("230000").count(), 13);
    }

    #[test]
    fn knows_what_is_above() {
        let registry = Registry::shipped().unwrap();
        assert_eq!(registry.prefecture_of("430523").unwrap().name, "邵阳市");
        assert_eq!(registry.prefecture_of("430500").unwrap().name, "邵阳市");
        assert_eq!(registry.prefecture_of("110101"), None, "a district directly under a municipality");
        assert_eq!(registry.full_name("230624").unwrap(), "黑龙江省大庆市杜尔伯特蒙古族自治县");
        assert!(registry.is_within("430502", "430000") && !registry.is_within("430500", "430502"));
    }

    #[test]
    fn refuses_damaged_lists() {
        let read = |rows: &str| Registry::from_csv(&format!("code,name,parent_code,level,type\n{rows}"));
        assert!(matches!(read("1,甲,,1,省\n1,乙,,1,省"), Err(RegistryError::Duplicate(code)) if code == "1"));
        assert!(matches!(read("1,甲,2,3,县"), Err(RegistryError::Orphan { parent, .. }) if parent == "2"));
        assert!(matches!(read("1,甲,,9,省"), Err(RegistryError::Syntax(_))));
    }
}
