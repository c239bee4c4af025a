//! Lets crates that look for `getrandom` at run time find the seeded one in this program instead of the C library's.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol=getrandom");
    println!("cargo::rerun-if-changed=build.rs");
}
