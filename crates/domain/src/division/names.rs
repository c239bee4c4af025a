//! Names of divisions as workbooks print them: full, short, padded with blanks, or from before a change.

use std::collections::HashMap;

use super::{Division, Registry};

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

/// Divisions by full and by short name.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    full: HashMap<String, Vec<usize>>,
    short: HashMap<String, Vec<usize>>,
}

impl Names {
    pub(super) fn add(&mut self, division: &Division, position: usize) {
        self.full.entry(division.name.clone()).or_default().push(position);
        for short in short_name(&division.name).into_iter().map(str::to_owned).chain(without_peoples(&division.name)) {
            self.short.entry(short).or_default().push(position);
        }
    }
}

impl Registry {
    /// The division that a text means: a six-digit code, a full name, a short name, or a code or full name from before a change.
    ///
    /// Blanks inside the text do not count. `under` keeps to a province, a prefecture or a county and everything below it. A full name beats
    /// a short one, a name in force beats a former one: under 430500 `邵阳县` is the county and `邵阳市` the city, while `邵阳` may be
    /// either and is refused. A former name or code (`嫩江县`, `231121`) is taken only where the place went on as one division; a
    /// division that was merged is [`NameError::Abolished`].
    ///
    /// # Errors
    /// [`NameError`] says what the text may be; it is never guessed at.
    pub fn resolve(&self, text: &str, under: Option<&str>) -> Result<&Division, NameError> {
        if let Some(scope) = under.filter(|scope| self.get(scope).is_none()) {
            return Err(NameError::UnknownScope(scope.to_owned()));
        }
        let key = plain(text);
        let in_scope = |division: &&Division| under.is_none_or(|scope| self.is_within(&division.code, scope));
        let tiers = [
            self.get(&key).into_iter().collect(),
            self.all(self.names.full.get(&key)),
            self.all(self.names.short.get(&key)),
            self.history.successors(&key).iter().filter_map(|code| self.get(code)).collect(),
        ];
        for tier in tiers {
            let mut found: Vec<&Division> = tier.into_iter().filter(in_scope).collect();
            found.sort_by(|one, other| one.code.cmp(&other.code));
            match found.as_slice() {
                [] => {}
                [only] => return Ok(only),
                several => return Err(self.ambiguous(text, several)),
            }
        }
        Err(self
            .abolished(text, &key, under)
            .unwrap_or_else(|| NameError::Unknown { text: text.to_owned(), under: under.map(str::to_owned) }))
    }

    fn all(&self, positions: Option<&Vec<usize>>) -> Vec<&Division> {
        positions.into_iter().flatten().filter_map(|position| self.divisions.get(*position)).collect()
    }

    fn ambiguous(&self, text: &str, several: &[&Division]) -> NameError {
        NameError::Ambiguous {
            text: text.to_owned(),
            candidates: several.iter().filter_map(|division| self.candidate(&division.code)).collect(),
        }
    }

    fn abolished(&self, text: &str, key: &str, under: Option<&str>) -> Option<NameError> {
        let end = self.history.end_of(key)?;
        let in_scope = under.is_none_or(|scope| self.is_within(&end.above, scope) || self.is_within(scope, &end.above));
        in_scope.then(|| NameError::Abolished {
            text: text.to_owned(),
            year: end.year,
            successor: end.successor.as_deref().and_then(|code| self.candidate(code)),
        })
    }

    fn candidate(&self, code: &str) -> Option<Candidate> {
        Some(Candidate { code: code.to_owned(), full_name: self.full_name(code)? })
    }
}

/// The text without blanks of any width.
fn plain(text: &str) -> String {
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
fn short_name(name: &str) -> Option<&str> {
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

    #[rstest]
    #[case("430523", "430523")]
    #[case("邵阳县", "430523")]
    #[case("邵 阳 县", "430523")]
    #[case("邵\u{3000}阳\u{3000}市", "430500")]
    #[case("双清", "430502")]
    #[case("城步", "430529")]
    #[case("城步苗族自治县", "430529")]
    #[case("城步县", "430529")]
    #[case(" 邵东市 ", "430582")]
    #[case("武冈", "430581")]
    fn resolves_rows_of_a_city(#[case] text: &str, #[case] code: &str) {
        assert_eq!(Registry::shipped().unwrap().resolve(text, Some("430500")).unwrap().code, code);
    }

    #[rstest]
    #[case("双鸭山", "230500")]
    #[case("杜尔伯特", "230624")]
    #[case("嫩江县", "231183")]
    #[case("231121", "231183")]
    #[case("漠河县", "232701")]
    #[case("呼兰县", "230111")]
    #[case("友好区", "230719")]
    #[case("230704", "230719")]
    #[case("宾县", "230125")]
    fn resolves_heilongjiang(#[case] text: &str, #[case] code: &str) {
        assert_eq!(Registry::shipped().unwrap().resolve(text, Some("230000")).unwrap().code, code);
    }

    #[test]
    fn a_name_of_two_is_refused_with_both() {
        let registry = Registry::shipped().unwrap();
        let Err(NameError::Ambiguous { candidates, .. }) = registry.resolve("邵阳", Some("430500")) else {
            panic!("邵阳 was guessed at")
        };
        let found: Vec<_> = candidates.iter().map(|candidate| (candidate.full_name.as_str(), candidate.code.as_str())).collect();
        assert_eq!(found, [("湖南省邵阳市", "430500"), ("湖南省邵阳市邵阳县", "430523")]);
        assert!(matches!(registry.resolve("朝阳区", None), Err(NameError::Ambiguous { candidates, .. }) if candidates.len() == 2));
        assert_eq!(registry.resolve("朝阳区", Some("220000")).unwrap().code, "220104");
        assert_eq!(
            registry.resolve("向阳区", Some("230000")).unwrap_err().to_string(),
            "`向阳区` may be 黑龙江省鹤岗市向阳区 (230402) or 黑龙江省佳木斯市向阳区 (230803)"
        );
    }

    #[rstest]
    #[case("市辖区", Some("430500"))]
    #[case("经开区", Some("430500"))]
    #[case("宾", Some("230100"))]
    #[case("邵阳县", Some("230000"))]
    #[case("999999", None)]
    #[case("", None)]
    fn unknown_names_are_refused(#[case] text: &str, #[case] under: Option<&str>) {
        let error = NameError::Unknown { text: text.to_owned(), under: under.map(str::to_owned) };
        assert_eq!(Registry::shipped().unwrap().resolve(text, under), Err(error));
    }

    #[test]
    fn merged_divisions_have_no_heir() {
        let registry = Registry::shipped().unwrap();
        let Err(NameError::Abolished { year: 2019, successor: Some(successor), .. }) = registry.resolve("汤旺河区", Some("230700"))
        else {
            panic!("a merged district was taken for its successor")
        };
        assert_eq!(successor.code, "230723");
        // The file's successor is a namesake in another province.
        assert!(matches!(registry.resolve("太平区", Some("230000")), Err(NameError::Abolished { year: 2004, successor: None, .. })));
        assert!(matches!(registry.resolve("太平区", None), Ok(division) if division.code == "210904"));
    }

    #[test]
    fn every_division_is_found_by_its_name_and_code_beside_its_siblings() {
        let registry = Registry::shipped().unwrap();
        for division in &registry.divisions {
            let under = division.parent_code.as_deref();
            for text in [&division.name, &division.code] {
                assert_eq!(registry.resolve(text, under).map(|found| &found.code), Ok(&division.code), "{text}");
            }
        }
    }

    #[test]
    fn short_names_are_their_own_or_refused() {
        let registry = Registry::shipped().unwrap();
        for division in &registry.divisions {
            let Some(short) = short_name(&division.name) else { continue };
            match registry.resolve(short, division.parent_code.as_deref()) {
                Ok(found) => assert_eq!(found.code, division.code, "{short}"),
                Err(NameError::Ambiguous { candidates, .. }) => assert!(candidates.iter().any(|one| one.code == division.code), "{short}"),
                Err(error) => panic!("{short}: {error}"),
            }
        }
    }

    #[test]
    fn a_scope_must_exist() {
        assert_eq!(Registry::shipped().unwrap().resolve("邵阳县", Some("4305")), Err(NameError::UnknownScope("4305".into())));
    }
}
