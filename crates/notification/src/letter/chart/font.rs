//! The font of charts: Noto Sans SC (OFL-1.1), cut to what they need. `fonts/subset.py` makes it.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use resvg::usvg::fontdb::Database;

/// Its name inside the file.
pub const FAMILY: &str = "Noto Sans SC";
/// Stands for a character that the font does not have, as printers have it.
const MISSING: char = '〓';
const FONT: &[u8] = include_bytes!("../../../fonts/NotoSansSC-charts.ttf");
const CHARACTERS: &str = include_str!("../../../fonts/NotoSansSC-charts.txt");

static KNOWN: LazyLock<HashSet<char>> = LazyLock::new(|| CHARACTERS.trim_end_matches('\n').chars().collect());
static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut database = Database::new();
    database.load_font_data(FONT.to_vec());
    Arc::new(database)
});

/// The one font.
pub fn database() -> Arc<Database> {
    Arc::clone(&DATABASE)
}

/// True where the font has the character.
pub fn has(character: char) -> bool {
    KNOWN.contains(&character)
}

/// The text with 〓 for what the font does not have, cut to a number of full-width characters with … at the end.
pub fn fitted(text: &str, most: f64) -> String {
    let width = |c: char| if c.is_ascii() { 0.56 } else { 1.0 };
    let known = |c: char| if has(c) { c } else { MISSING };
    if text.chars().map(width).sum::<f64>() <= most {
        return text.chars().map(known).collect();
    }
    let mut used = 1.0;
    let fits = text.chars().take_while(|c| {
        used += width(*c);
        used <= most
    });
    fits.map(known).chain(['…']).collect()
}
