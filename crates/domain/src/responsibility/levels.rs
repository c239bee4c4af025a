//! The three levels of task forces (省市县三级专班) that a problem can be put before.

use crate::division::{Level, Registry};

/// One level's task force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The level.
    pub level: Level,
    /// Its name: the division's with the suffix that all task forces share.
    pub name: String,
}

/// The task forces above a division, from its own level up. A county directly under a province has no city's.
#[must_use]
pub fn bodies(registry: &Registry, division_code: &str, suffix: &str) -> Vec<Body> {
    let mut bodies = Vec::new();
    let mut code = Some(division_code);
    while let Some(division) = code.and_then(|code| registry.get(code)).filter(|_| bodies.len() < 3) {
        bodies.push(Body { level: division.level, name: format!("{}{suffix}", division.name) });
        code = division.parent_code.as_deref();
    }
    bodies
}

/// The body at a level, and the one above it, where there are such.
#[must_use]
pub fn at(bodies: &[Body], level: Level) -> (Option<&Body>, Option<&Body>) {
    let mut from_here = bodies.iter().skip_while(|body| body.level != level);
    (from_here.next(), from_here.next())
}

/// The body below a level, where there is one.
#[must_use]
pub fn below(bodies: &[Body], level: Level) -> Option<&Body> {
    bodies.iter().take_while(|body| body.level != level).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str) -> Vec<String> {
        bodies(&Registry::shipped().unwrap(), code, "专班").into_iter().map(|body| body.name).collect()
    }

    #[test]
    fn a_county_has_three_a_city_two_a_province_one() {
        assert_eq!(names("230123"), ["依兰县专班", "哈尔滨市专班", "黑龙江省专班"]);
        assert_eq!(names("230100"), ["哈尔滨市专班", "黑龙江省专班"]);
        assert_eq!(names("230000"), ["黑龙江省专班"]);
    }

    #[test]
    fn a_county_directly_under_a_province_has_no_citys() {
        assert_eq!(names("469001"), ["五指山市专班", "海南省专班"]);
    }

    #[test]
    fn up_and_down_are_one_step() {
        let bodies = bodies(&Registry::shipped().unwrap(), "230123", "");
        let (here, above) = at(&bodies, Level::Prefecture);
        assert_eq!((here.unwrap().name.as_str(), above.unwrap().name.as_str()), ("哈尔滨市", "黑龙江省"));
        assert_eq!(below(&bodies, Level::Prefecture).unwrap().name, "依兰县");
        assert_eq!((at(&bodies, Level::Province).1, below(&bodies, Level::County)), (None, None));
    }
}
