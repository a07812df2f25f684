//! [`handfast_fuzz::record_open`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handfast_fuzz::record_open(data));
