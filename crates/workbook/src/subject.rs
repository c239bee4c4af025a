//! Whose value it is: a division, a row that is none, or a name that means nothing.

use leitai_domain::division::{NameError, Registry};

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

/// The division that a text means within `under`.
#[must_use]
pub fn resolve(registry: &Registry, text: &str, under: Option<&str>) -> Subject {
    match registry.resolve(text, under) {
        Ok(division) => Subject::Division(division.code.clone()),
        Err(NameError::Ambiguous { candidates, .. }) => {
            let list: Vec<_> = candidates.iter().map(|one| format!("{}（{}）", one.full_name, one.code)).collect();
            Subject::Ambiguous(format!("“{text}”可能是{}，请写全称或代码", list.join("、")))
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

/// Like [`resolve`], first within `home`, then anywhere: a plan's own counties go before namesakes in other provinces.
#[must_use]
pub fn resolve_at_home(registry: &Registry, text: &str, home: Option<&str>) -> Subject {
    match resolve(registry, text, home) {
        Subject::Unknown(_) if home.is_some() => resolve(registry, text, None),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namesake_at_home_goes_first() {
        let registry = Registry::shipped().unwrap();
        let code = |text: &str, home| resolve_at_home(&registry, text, home);
        assert_eq!(code("朝阳区", Some("220000")), Subject::Division("220104".into()));
        assert_eq!(code("隆回县", Some("230000")), Subject::Division("430524".into()));
        assert!(matches!(code("朝阳区", Some("430000")), Subject::Ambiguous(message) if message.contains("110105")));
    }

    #[test]
    fn an_unknown_name_is_said_with_its_scope() {
        let registry = Registry::shipped().unwrap();
        let Subject::Unknown(message) = resolve(&registry, "某某县", Some("430500")) else { panic!("resolved") };
        assert_eq!(message, "在湖南省邵阳市范围内没有名为“某某县”的行政区划，请写全称、简称或六位代码");
    }
}
