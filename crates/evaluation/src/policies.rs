//! The policies that were in force, so that a round can be evaluated as it was then.

use std::sync::Arc;

use leitai_domain::policy::{Policy, PolicyError};
use time::OffsetDateTime;

/// At least one policy, with the time since when each was in force.
#[derive(Debug)]
pub(crate) struct Policies {
    newest: (OffsetDateTime, Arc<Policy>),
    /// Oldest first.
    earlier: Vec<(OffsetDateTime, Arc<Policy>)>,
}

impl Policies {
    /// Only one, for ever.
    #[cfg(test)]
    pub fn only(policy: Policy) -> Self {
        Self { newest: (OffsetDateTime::UNIX_EPOCH, Arc::new(policy)), earlier: Vec::new() }
    }

    /// From stored texts, oldest first; the example that ships where there is none. An earlier text that this version of the program
    /// no longer reads counts as the one before it, or after it where it was the first.
    ///
    /// # Errors
    /// That of the newest.
    pub fn from_texts(texts: &[(OffsetDateTime, String)]) -> Result<Self, PolicyError> {
        let read = |(since, text): &(OffsetDateTime, String)| Policy::from_toml(text).map(|policy| (*since, Arc::new(policy)));
        let Some((newest, earlier)) = texts.split_last() else {
            return Ok(Self { newest: (OffsetDateTime::UNIX_EPOCH, Arc::new(Policy::example()?)), earlier: Vec::new() });
        };
        Ok(Self { newest: read(newest)?, earlier: earlier.iter().filter_map(|text| read(text).ok()).collect() })
    }

    /// The one in force now.
    pub fn newest(&self) -> &Arc<Policy> {
        &self.newest.1
    }

    /// The one in force at a time; the first one before it.
    pub fn at(&self, time: OffsetDateTime) -> &Arc<Policy> {
        if self.newest.0 <= time {
            return self.newest();
        }
        let then = self.earlier.iter().rev().find(|(since, _)| *since <= time).or(self.earlier.first());
        then.map_or_else(|| self.newest(), |(_, policy)| policy)
    }
}

#[cfg(test)]
mod tests {
    use leitai_domain::policy::EXAMPLE_TOML;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn each_time_has_its_policy() {
        let text = |title: &str| EXAMPLE_TOML.replacen("title = \"示例政策\"", &format!("title = \"{title}\""), 1);
        let stored = [(at(10), text("一")), (at(20), "of another version".to_owned()), (at(30), text("三")), (at(40), text("四"))];
        let policies = Policies::from_texts(&stored).unwrap();
        let titles: Vec<&str> = [5, 10, 25, 30, 39, 40, 99].iter().map(|seconds| policies.at(at(*seconds)).title.as_str()).collect();
        assert_eq!(titles, ["一", "一", "一", "三", "三", "四", "四"]);
    }
}
