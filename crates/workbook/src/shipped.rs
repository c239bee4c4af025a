//! What ships with the program: the layout of a real bureau's monthly workbook, and one issue of it.

/// Layout of the monthly workbook of Shaoyang's statistics bureau, TOML.
pub const SHAOYANG_LAYOUT: &str = include_str!("../layouts/shaoyang-monthly.toml");
/// File name of [`SHAOYANG_WORKBOOK`].
pub const SHAOYANG_WORKBOOK_NAME: &str = "shaoyang_monthly_2025-03.xlsx";
/// The issue for January to March 2025, as published; `data/README.md` gives its source and licence.
pub const SHAOYANG_WORKBOOK: &[u8] = include_bytes!("../data/shaoyang_monthly_2025-03.xlsx");
