//! [`handfast_fuzz::server_machine`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handfast_fuzz::server_machine(data));
