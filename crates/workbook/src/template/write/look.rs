//! How a template's cells look: what may be filled is pale yellow, everything else is locked.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatPattern};

const FILL: Color = Color::RGB(0xFF_FB_E6);
const HEAD: Color = Color::RGB(0xE3_EA_F4);
const MARKED: Color = Color::RGB(0xFF_D8_A8);
const KNOWN: Color = Color::RGB(0xF2_F2_F2);
const FAINT: Color = Color::RGB(0x7F_7F_7F);

/// The formats of one workbook.
#[derive(Debug, Clone)]
pub struct Look {
    /// The first line.
    pub title: Format,
    /// Lines under it.
    pub remark: Format,
    /// A column's heading.
    pub heading: Format,
    /// A column's code, small and grey.
    pub code: Format,
    /// A row's code.
    pub row_code: Format,
    /// A row's name.
    pub name: Format,
    /// Where nothing is asked.
    pub closed: Format,
    /// Words of explanation.
    pub note: Format,
    /// A sentence of the guide.
    pub sentence: Format,
    /// A cell of the guide's table.
    pub fact: Format,
}

impl Default for Look {
    fn default() -> Self {
        let grid =
            || plain().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0xB7_B7_B7)).set_align(FormatAlign::VerticalCenter);
        Self {
            title: plain().set_bold().set_font_size(15),
            remark: plain().set_font_size(10).set_font_color(Color::RGB(0x59_59_59)),
            heading: grid().set_bold().set_align(FormatAlign::Center).set_text_wrap().set_background_color(HEAD),
            code: grid().set_font_size(6).set_font_color(FAINT).set_align(FormatAlign::Center).set_background_color(HEAD).set_shrink(),
            row_code: grid().set_font_size(9).set_font_color(FAINT).set_num_format("@").set_align(FormatAlign::Center).set_shrink(),
            name: grid(),
            closed: grid().set_pattern(FormatPattern::LightUp).set_foreground_color(Color::RGB(0xBF_BF_BF)),
            note: grid().set_unlocked().set_text_wrap().set_background_color(FILL),
            sentence: plain().set_text_wrap().set_align(FormatAlign::Top),
            fact: grid().set_text_wrap(),
        }
    }
}

impl Look {
    /// A cell to fill, which shows at least the published decimals, and more where more are typed.
    pub fn entry(&self, decimals: u32) -> Format {
        number(self.note.clone(), decimals)
    }

    /// A cell to fill that needs a word or another number than was reported last.
    pub fn marked(&self, decimals: u32) -> Format {
        self.entry(decimals).set_background_color(MARKED)
    }

    /// A value that was in force before.
    pub fn known(&self, decimals: u32) -> Format {
        number(self.name.clone().set_font_color(FAINT).set_background_color(KNOWN), decimals)
    }
}

/// Songti is on every office machine in China; where it is not, the program takes another.
fn plain() -> Format {
    Format::new().set_font_name("宋体").set_font_size(11)
}

fn number(format: Format, decimals: u32) -> Format {
    let shown = match decimals {
        // Neither hides nor adds decimals.
        0 => "General".to_owned(),
        places => format!("0.{}{}", "0".repeat(places as usize), "#".repeat(6_usize.saturating_sub(places as usize))),
    };
    format.set_num_format(shown).set_align(FormatAlign::Right)
}
