//! The fields of a delivery-status part: groups of header fields with blank lines between (RFC 3464, 2.1).

/// One group: names in lower case, values unfolded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group(Vec<(String, String)>);

impl Group {
    /// The first field of this name (in lower case).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A value of the form `type; text`: the text.
    pub fn typed(&self, name: &str) -> Option<&str> {
        self.get(name).map(|value| value.split_once(';').map_or(value, |(_, text)| text).trim())
    }
}

/// Every group that has a field.
pub fn groups(text: &str) -> Vec<Group> {
    let (mut groups, mut current) = (Vec::new(), Group::default());
    for line in text.lines() {
        if line.trim().is_empty() {
            groups.push(std::mem::take(&mut current));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = current.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            current.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.push(current);
    groups.retain(|group| !group.0.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_apart_by_blank_lines() {
        let found =
            groups("Reporting-MTA: dns; a.example\r\n\r\n \r\nAction: failed\r\nDiagnostic-Code: smtp; 550\r\n\tno such\r\n user\r\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].typed("reporting-mta"), Some("a.example"));
        assert_eq!((found[1].get("action"), found[1].typed("diagnostic-code")), (Some("failed"), Some("550 no such user")));
        assert_eq!(found[1].get("status"), None);
    }
}
