//! The address book: which addresses an agency reads.

use std::collections::HashMap;

use lettre::Address;
use serde::Deserialize;

/// The example address book that is used where none is configured; every domain in it is reserved.
pub const EXAMPLE: &str = include_str!("../addresses/example.toml");

/// Agencies and their addresses, checked.
#[derive(Debug, Clone, Default)]
pub struct AddressBook {
    /// By name and division code.
    agencies: HashMap<(String, Option<String>), Vec<Address>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    agency: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    code: Option<String>,
    #[serde(default)]
    addresses: Vec<String>,
}

/// Why a text is no address book.
#[derive(Debug, thiserror::Error)]
pub enum AddressBookError {
    /// Not TOML, or not the keys of an address book.
    #[error("the address book cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// An agency without a name, or with one that cannot stand in a header.
    #[error("the address book's agency {position} has no usable name")]
    Name {
        /// Counts from 1, in the file's order.
        position: usize,
    },
    /// The same name and code twice.
    #[error("the address book names `{agency}` twice")]
    AgencyTwice {
        /// The agency.
        agency: String,
    },
    /// The same address twice for one agency.
    #[error("the address book gives `{agency}` its address {position} twice")]
    AddressTwice {
        /// The agency.
        agency: String,
        /// Counts from 1.
        position: usize,
    },
    /// Text that is no address. The text is not repeated: addresses are personal.
    #[error("the address book gives `{agency}` an address {position} that is none")]
    Address {
        /// The agency.
        agency: String,
        /// Counts from 1.
        position: usize,
        /// What is wrong with it.
        source: lettre::address::AddressError,
    },
}

impl AddressBook {
    /// Reads and checks an address book.
    ///
    /// # Errors
    /// [`AddressBookError`] names the line or the agency.
    pub fn from_toml(text: &str) -> Result<Self, AddressBookError> {
        let document: Document = toml::from_str(text)?;
        let mut agencies = HashMap::with_capacity(document.agency.len());
        for (index, entry) in document.agency.into_iter().enumerate() {
            if entry.name.trim().is_empty() || entry.name.chars().any(char::is_control) {
                return Err(AddressBookError::Name { position: index + 1 });
            }
            let addresses = checked(&entry)?;
            let agency = entry.name.clone();
            if agencies.insert((entry.name, entry.code), addresses).is_some() {
                return Err(AddressBookError::AgencyTwice { agency });
            }
        }
        Ok(Self { agencies })
    }

    /// The agency's addresses, in the file's order; empty where the book has none. A task force that the book lists without a code is found by its name.
    #[must_use]
    pub fn of(&self, name: &str, division_code: Option<&str>) -> &[Address] {
        let listed = |code: Option<&str>| self.agencies.get(&(name.to_owned(), code.map(str::to_owned)));
        listed(division_code).or_else(|| listed(None)).map_or(&[], Vec::as_slice)
    }
}

fn checked(entry: &Entry) -> Result<Vec<Address>, AddressBookError> {
    let mut addresses: Vec<Address> = Vec::with_capacity(entry.addresses.len());
    for (index, text) in entry.addresses.iter().enumerate() {
        let (agency, position) = (entry.name.clone(), index + 1);
        let address = text.parse().map_err(|source| AddressBookError::Address { agency: agency.clone(), position, source })?;
        if addresses.contains(&address) {
            return Err(AddressBookError::AddressTwice { agency, position });
        }
        addresses.push(address);
    }
    Ok(addresses)
}

/// The address with all but the first character of the local part hidden: `f***@heilongjiang.example`.
#[must_use]
pub fn mask(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().next().unwrap_or('*')),
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("省发展改革委")]
    #[case("省农业农村厅")]
    #[case("省工业和信息化厅")]
    #[case("省科技厅")]
    #[case("省商务厅")]
    #[case("黑龙江金融监管局")]
    #[case("省地方金融管理局")]
    #[case("人民银行黑龙江省分行")]
    #[case("省财政厅")]
    #[case("省税务局")]
    fn the_shipped_book_has_every_evaluating_agency(#[case] name: &str) {
        assert!(!AddressBook::from_toml(EXAMPLE).unwrap().of(name, None).is_empty());
    }

    #[test]
    fn the_shipped_book_has_only_reserved_domains_and_all_task_forces() {
        let book = AddressBook::from_toml(EXAMPLE).unwrap();
        // 10 evaluating agencies, the province, 13 prefectures and 67 counties of Heilongjiang, Shaoyang and its 12 counties.
        assert_eq!(book.agencies.len(), 104);
        assert!(book.agencies.values().flatten().all(|address| address.domain().ends_with(".example")));
        assert_eq!(book.of("邵东市县域经济发展专班", Some("430582")).len(), 1);
        assert_eq!(book.of("哈尔滨市县域经济发展专班", Some("230100")).len(), 1);
    }

    #[rstest]
    #[case::twice("[[agency]]\nname='甲'\n[[agency]]\nname='甲'", "the address book names `甲` twice")]
    #[case::no_address("[[agency]]\nname='甲'\naddresses=['a b']", "the address book gives `甲` an address 1 that is none")]
    #[case::injection(
        "[[agency]]\nname='甲'\naddresses=[\"a@b.example\\r\\nBcc: c@d.example\"]",
        "the address book gives `甲` an address 1 that is none"
    )]
    #[case::address_twice(
        "[[agency]]\nname='甲'\naddresses=['a@b.example','a@b.example']",
        "the address book gives `甲` its address 2 twice"
    )]
    #[case::name("[[agency]]\nname=\"甲\\r\\nBcc: x\"", "the address book's agency 1 has no usable name")]
    #[case::unknown_key("[[agency]]\nname='甲'\nmail=[]", "the address book cannot be read")]
    fn refuses(#[case] text: &str, #[case] message: &str) {
        assert_eq!(AddressBook::from_toml(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn one_name_may_stand_for_two_divisions() {
        let text = "[[agency]]\nname='鼓楼区专班'\ncode='320106'\naddresses=['a@b.example']\n[[agency]]\nname='鼓楼区专班'\ncode='350102'\naddresses=['c@b.example']";
        let book = AddressBook::from_toml(text).unwrap();
        let of = |code: &str| book.of("鼓楼区专班", Some(code))[0].to_string();
        assert_eq!((of("320106").as_str(), of("350102").as_str()), ("a@b.example", "c@b.example"));
        assert!(book.of("无名", None).is_empty());
    }

    #[rstest]
    #[case("fagaiwei@heilongjiang.example", "f***@heilongjiang.example")]
    #[case("省@x.example", "省***@x.example")]
    #[case("none", "***")]
    fn masks(#[case] address: &str, #[case] masked: &str) {
        assert_eq!(mask(address), masked);
    }
}
