//! Names of divisions as workbooks print them: full, short, padded with blanks, or from before a change.

use std::collections::HashMap;

use super::Division;

/// A division that a name may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Six digits.
    pub code: String,
    /// Names from the province down.
    pub full_name: String,
}

/// Why a name was not resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No division has this code or name, or none in the scope.
    #[error("`{text}` is the code or name of no division{}", within(.under.as_deref()))]
    Unknown {
        /// As it was given.
        text: String,
        /// The scope, where there was one.
        under: Option<String>,
    },
    /// Several divisions have this name.
    #[error("`{text}` may be {}", list(.candidates))]
    Ambiguous {
        /// As it was given.
        text: String,
        /// All of them, by code.
        candidates: Vec<Candidate>,
    },
    /// The name or code ended before the year asked about; the place went on under another.
    #[error("`{text}` ended in {year}: it is {} now", list(std::slice::from_ref(.now)))]
    Renamed {
        /// As it was given.
        text: String,
        /// Year of the change.
        year: i32,
        /// What it became, as it stands today.
        now: Candidate,
    },
    /// The division was merged into others: what it reported is not what its successor would report.
    #[error("`{text}` was abolished in {year}")]
    Abolished {
        /// As it was given.
        text: String,
        /// Year of the change.
        year: i32,
        /// Where its area went, if known.
        successor: Option<Candidate>,
    },
    /// The scope itself is no division.
    #[error("the scope `{0}` is the code of no division")]
    UnknownScope(String),
}

fn within(under: Option<&str>) -> String {
    under.map(|code| format!(" within {code}")).unwrap_or_default()
}

fn list(candidates: &[Candidate]) -> String {
    candidates.iter().map(|candidate| format!("{} ({})", candidate.full_name, candidate.code)).collect::<Vec<_>>().join(" or ")
}

/// Divisions by code, by full and by short name, each under its position in a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    code: HashMap<String, Vec<usize>>,
    full: HashMap<String, Vec<usize>>,
    short: HashMap<String, Vec<usize>>,
}

impl Names {
    /// Positions of what a text means, by code, by full and by short name.
    pub(super) fn tiers<'a>(&'a self, text: &str) -> [&'a [usize]; 3] {
        [&self.code, &self.full, &self.short].map(|names| names.get(text).map_or(&[][..], Vec::as_slice))
    }

    pub(super) fn add(&mut self, division: &Division, position: usize) {
        self.code.entry(division.code.clone()).or_default().push(position);
        self.full.entry(division.name.clone()).or_default().push(position);
        for short in short_name(&division.name).into_iter().map(str::to_owned).chain(without_peoples(&division.name)) {
            self.short.entry(short).or_default().push(position);
        }
    }
}

/// The text without blanks of any width.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}')).collect()
}

/// What stands behind the name proper. Longest first, so that `自治县` is not read as `县`.
const SUFFIXES: [&str; 15] =
    ["特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "林区", "特区", "新区", "省", "市", "盟", "县", "旗", "区"];

/// Peoples as they stand in names of divisions; some names leave out the 族. Longest first where one ends in another.
const PEOPLES: [&str; 48] = [
    "柯尔克孜",
    "维吾尔",
    "哈萨克",
    "塔吉克",
    "达斡尔",
    "鄂温克",
    "布依",
    "土家",
    "仡佬",
    "仫佬",
    "毛南",
    "傈僳",
    "拉祜",
    "布朗",
    "哈尼",
    "景颇",
    "纳西",
    "独龙",
    "普米",
    "裕固",
    "保安",
    "东乡",
    "撒拉",
    "锡伯",
    "朝鲜",
    "蒙古",
    "满",
    "回",
    "苗",
    "侗",
    "瑶",
    "壮",
    "彝",
    "藏",
    "羌",
    "畲",
    "黎",
    "水",
    "傣",
    "佤",
    "怒",
    "白",
    "土",
    "各",
    "阿昌",
    "德昂",
    "基诺",
    "俄罗斯",
];

/// The name without its suffix and without the peoples named in it; `None` where fewer than two characters would be left (`宾县`, `郊区`).
pub(super) fn short_name(name: &str) -> Option<&str> {
    let long_enough = |text: &str| text.chars().count() >= 2;
    let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix).filter(|stem| long_enough(stem)))?;
    let mut short = stem;
    while let Some(rest) = cut_people(short).filter(|rest| long_enough(rest)) {
        short = rest;
    }
    // `东乡族自治县` bears the people's name itself.
    Some(if short == stem { stem.strip_suffix('族').filter(|rest| long_enough(rest)).unwrap_or(stem) } else { short })
}

/// `城步县` for 城步苗族自治县, as some tables print it; `None` where the name bears no people.
fn without_peoples(name: &str) -> Option<String> {
    let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    let short = short_name(name).filter(|short| *short != stem || name.contains("自治"))?;
    let last = name.chars().last()?;
    Some(format!("{short}{last}"))
}

/// The text without one people at its end. Only peoples of two characters or more stand without 族: 河西 does not end in one.
fn cut_people(text: &str) -> Option<&str> {
    let (plain, with_suffix) = text.strip_suffix('族').map_or((text, false), |rest| (rest, true));
    let stands_alone = |people: &str| matches!(people, "哈萨克" | "塔吉克" | "锡伯" | "蒙古" | "柯尔克孜" | "维吾尔");
    PEOPLES.iter().filter(|people| with_suffix || stands_alone(people)).find_map(|people| plain.strip_suffix(people))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("城步苗族自治县", Some("城步"))]
    #[case("杜尔伯特蒙古族自治县", Some("杜尔伯特"))]
    #[case("双江拉祜族佤族布朗族傣族自治县", Some("双江"))]
    #[case("积石山保安族东乡族撒拉族自治县", Some("积石山"))]
    #[case("东乡族自治县", Some("东乡"))]
    #[case("鄂温克族自治旗", Some("鄂温克"))]
    #[case("鄂伦春自治旗", Some("鄂伦春"))]
    #[case("龙胜各族自治县", Some("龙胜"))]
    #[case("塔什库尔干塔吉克自治县", Some("塔什库尔干"))]
    #[case("黔西南布依族苗族自治州", Some("黔西南"))]
    #[case("梅里斯达斡尔族区", Some("梅里斯"))]
    #[case("内蒙古自治区", Some("内蒙古"))]
    #[case("大兴安岭地区", Some("大兴安岭"))]
    #[case("浦东新区", Some("浦东"))]
    #[case("双清区", Some("双清"))]
    #[case("邵东市", Some("邵东"))]
    #[case("宾县", None)]
    #[case("郊区", None)]
    fn cuts_short_names(#[case] name: &str, #[case] short: Option<&str>) {
        assert_eq!(short_name(name), short);
    }
}
