//! Addresses in logs.

/// The address with all but the first character of its local part hidden.
pub fn mask(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_the_person_and_keeps_the_domain() {
        assert_eq!(mask("zhuanban@county.example"), "z***@county.example");
        assert_eq!(mask("broken"), "b***@");
    }
}
