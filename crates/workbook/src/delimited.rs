//! A CSV file by its header: a template, SDMX-CSV, or the plain long form.

use leitai_domain::division::Registry;

use crate::{
    raw::RawItem,
    records::{CsvError, Records},
    rows,
    sdmx::{self, read::Submitted},
    template::table,
};

/// Reads a file of any of these kinds. A name is looked for under `home` first; `submitted` is what the file must fit.
///
/// # Errors
/// [`CsvError`] where the file is of none, or cannot be read; a bad value in a row is not an error but an item.
pub fn read(content: &[u8], submitted: Submitted<'_>, registry: &Registry, home: Option<&str>) -> Result<Vec<RawItem>, CsvError> {
    let records = Records::read(content)?;
    if table::is_header(&records.header) {
        return table::read(&records, registry, home);
    }
    if sdmx::read::is_header(&records.header) {
        return sdmx::read::read(records, submitted, registry);
    }
    Ok(rows::read(rows::from_records(&records)?, registry, home))
}
