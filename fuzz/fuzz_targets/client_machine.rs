//! [`handfast_fuzz::client_machine`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handfast_fuzz::client_machine(data));
