#![no_main]

use leitai_fuzz as harness;

libfuzzer_sys::fuzz_target!(init: harness::let_readers_panic(), |input: &[u8]| {
    harness::ods(input);
});
