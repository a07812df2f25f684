//! What the two tables promise, tried exhaustively and without a socket: every pair of state and
//! input, every path, every deviation of every path, every combination of settings.
#![allow(unreachable_pub, reason = "the modules of one test program")]

mod after;
mod attacks;
mod deviations;
mod diagrams;
mod fixture;
mod golden;
mod honest;
mod pair;
mod pairs;
mod paths;
mod product;
mod rules;
mod secrets;
mod stand;
