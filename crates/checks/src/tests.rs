//! Rules as plans write them, on the real workbook's figures and on made ones; what a rule says, and what it may say.

mod exact;
mod kinds;
mod language;
mod parts;
mod shipped;
mod triggered;
