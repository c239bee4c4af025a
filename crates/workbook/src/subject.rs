//! Whose value it is: a division, a row that is none, or a name that means nothing.

use leitai_domain::{
    division::{Division, NameError, Registry},
    period::Period,
};

/// Whose value an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// GB/T 2260 code.
    Division(String),
    /// No county of its own: what it is, Chinese.
    Aggregate(String),
    /// No division: a sentence in Chinese.
    Unknown(String),
    /// Several divisions: a sentence in Chinese that lists them.
    Ambiguous(String),
}

/// The division that a text means within `under`, by the names of a year where one is known.
#[must_use]
pub fn resolve(registry: &Registry, text: &str, under: Option<&str>, year: Option<i32>) -> Subject {
    told(registry, text, under, named(registry, text, under, year))
}

/// The year of a period, where it can be read.
#[must_use]
pub fn year_of(period: &Result<Period, String>) -> Option<i32> {
    period.as_ref().ok().map(|period| period.year())
}

fn named<'a>(registry: &'a Registry, text: &str, under: Option<&str>, year: Option<i32>) -> Result<&'a Division, NameError> {
    year.map_or_else(|| registry.resolve(text, under), |year| registry.resolve_in(text, under, year))
}

fn told(registry: &Registry, text: &str, under: Option<&str>, named: Result<&Division, NameError>) -> Subject {
    match named {
        Ok(division) => Subject::Division(division.code.clone()),
        Err(NameError::Ambiguous { candidates, .. }) => {
            let list: Vec<_> = candidates.iter().map(|one| format!("{}（{}）", one.full_name, one.code)).collect();
            Subject::Ambiguous(format!("“{text}”可能是{}，请写全称或代码", list.join("、")))
        }
        Err(NameError::Renamed { year, now, .. }) => {
            Subject::Unknown(format!("“{text}”已于{year}年变更，现为{}（{}），{year}年以后的数据请用现名或现代码", now.full_name, now.code))
        }
        Err(NameError::Abolished { year, successor, .. }) => {
            let now = successor.map(|one| format!("，现属{}", one.full_name)).unwrap_or_default();
            Subject::Unknown(format!("“{text}”已于{year}年撤销{now}"))
        }
        Err(NameError::Unknown { .. } | NameError::UnknownScope(_)) => {
            let place = under.and_then(|code| registry.full_name(code)).map(|name| format!("在{name}范围内")).unwrap_or_default();
            Subject::Unknown(format!("{place}没有名为“{text}”的行政区划，请写全称、简称或六位代码"))
        }
    }
}

/// Like [`resolve`], first within `home`, then anywhere: a plan's own counties go before namesakes in other provinces, and what became of one
/// of them before those too.
#[must_use]
pub fn resolve_at_home(registry: &Registry, text: &str, home: Option<&str>, year: Option<i32>) -> Subject {
    match named(registry, text, home, year) {
        Err(NameError::Unknown { .. } | NameError::UnknownScope(_)) if home.is_some() => resolve(registry, text, None, year),
        found => told(registry, text, home, found),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_namesake_at_home_goes_first() {
        let registry = Registry::shipped().unwrap();
        let code = |text: &str, home| resolve_at_home(&registry, text, home, Some(2025));
        assert_eq!(code("朝阳区", Some("220000")), Subject::Division("220104".into()));
        assert_eq!(code("隆回县", Some("230000")), Subject::Division("430524".into()));
        assert!(matches!(code("朝阳区", Some("430000")), Subject::Ambiguous(message) if message.contains("110105")));
    }

    #[rstest]
    #[case("嫩江县", 2018, Ok("231183"))]
    #[case("嫩江县", 2025, Err("“嫩江县”已于2019年变更，现为黑龙江省黑河市嫩江市（231183），2019年以后的数据请用现名或现代码"))]
    #[case("汤旺河区", 2018, Ok("230712"))]
    #[case("汤旺河区", 2025, Err("“汤旺河区”已于2019年撤销，现属黑龙江省伊春市汤旺县"))]
    // Liaoning has one of this name still: it is not taken for the one that Harbin had until 2004.
    #[case("太平区", 2003, Ok("230105"))]
    #[case("太平区", 2025, Err("“太平区”已于2004年撤销"))]
    fn a_name_is_taken_as_its_year_had_it(#[case] text: &str, #[case] year: i32, #[case] meant: Result<&str, &str>) {
        let registry = Registry::shipped().unwrap();
        let meant = meant.map_or_else(|message| Subject::Unknown(message.to_owned()), |code| Subject::Division(code.to_owned()));
        assert_eq!(resolve_at_home(&registry, text, Some("230000"), Some(year)), meant);
    }

    #[test]
    fn an_unknown_name_is_said_with_its_scope() {
        let registry = Registry::shipped().unwrap();
        let Subject::Unknown(message) = resolve(&registry, "某某县", Some("430500"), None) else { panic!("resolved") };
        assert_eq!(message, "在湖南省邵阳市范围内没有名为“某某县”的行政区划，请写全称、简称或六位代码");
    }
}
