//! What a handshake, a record and an idle connection take from the heap: handfast beside its peers.
//!
//! Counted is what goes through Rust's allocator, as many bytes as were asked for. A stack that takes
//! memory in C is listed without figures.
#![forbid(unsafe_code)]

use handfast_bench::Pki;
use handfast_bench::contenders::{Version, Visit, show};
use handfast_bench::stack::{Link, Links, Meter, Side, Stack, Wire, connect};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What one side took while it ran.
#[derive(Clone, Copy, Default)]
struct Heap {
    allocations: usize,
    /// What it holds now.
    bytes: isize,
}

impl Meter for Heap {
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = ALLOCATOR.stats();
        let result = work();
        let change = ALLOCATOR.stats() - before;
        self.allocations += change.allocations + change.reallocations;
        self.bytes += change.bytes_allocated as isize - change.bytes_deallocated as isize;
        result
    }
}

/// The figures of one contender, each for client and server or for sending and receiving.
struct Row {
    version: Version,
    name: String,
    figures: Option<Figures>,
}

struct Figures {
    handshake: [usize; 2],
    record: [usize; 2],
    idle: [isize; 2],
    after: [isize; 2],
}

impl Figures {
    fn of<S: Stack>(stack: &S) -> Self {
        let (mut up, mut down) = (Wire::new(1 << 14), Wire::new(1 << 14));
        // What is set up once for all connections is nobody's.
        drop(connect(stack, &mut up, &mut down, &mut (), &mut ()));
        let (mut client, mut server) = (Heap::default(), Heap::default());
        let mut links = connect(stack, &mut up, &mut down, &mut client, &mut server);
        let handshake = [client.allocations, server.allocations];
        let sizes = [<S::Client as Side>::Link::SIZE, <S::Server as Side>::Link::SIZE];
        let whole = |heap: [Heap; 2]| [0, 1].map(|n| heap[n].bytes + sizes[n] as isize);
        let idle = whole([client, server]);
        let record = exchange::<S>(&mut links, &mut client, &mut server);
        Self { handshake, record, idle, after: whole([client, server]) }
    }
}

/// Records of 16 KiB each way; what the last one from client to server took to send and to receive.
fn exchange<S: Stack>((c, s): &mut Links<S>, client: &mut Heap, server: &mut Heap) -> [usize; 2] {
    let (text, mut out, mut wire) = ([7; 1 << 14], [0; 1 << 14], Wire::new(1 << 15));
    let mut last = [0; 2];
    for _ in 0..16 {
        server.run(|| s.send(&text, &mut wire));
        client.run(|| c.receive(&mut wire, &mut out));
        let before = [client.allocations, server.allocations];
        client.run(|| c.send(&text, &mut wire));
        server.run(|| s.receive(&mut wire, &mut out));
        last = [client.allocations - before[0], server.allocations - before[1]];
    }
    last
}

/// Everyone's figures.
struct Rows(Version, Vec<Row>);

impl Visit for Rows {
    fn visit<S: Stack + 'static>(&mut self, stack: S) {
        let figures = stack.seen().then(|| Figures::of(&stack));
        self.1.push(Row { version: self.0, name: stack.name().to_owned(), figures });
    }
}

fn text(rows: &[Row]) {
    println!(
        "Allocations of a handshake, and to send and to receive 16 KiB; bytes of an idle connection (struct and heap, as\n\
         asked for), fresh and after 256 KiB each way. Client / server. Of handfast's halves alone: the Summary may be\n\
         dropped, and is. n/a: memory taken in C is not seen.\n"
    );
    println!("{:37}{:>16}{:>16}{:>16}{:>16}", "", "handshake", "record", "idle", "after traffic");
    for Row { version, name, figures } in rows {
        print!("{:37}", format!("TLS {}, {name}", version.label()));
        match figures {
            None => println!("{:>16}{0:>16}{0:>16}{0:>16}", "n/a"),
            Some(Figures { handshake, record, idle, after }) => {
                let pair = |[a, b]: [isize; 2]| format!("{a} / {b}");
                let count = |n: &[usize; 2]| pair(n.map(|n| n as isize));
                println!("{:>16}{:>16}{:>16}{:>16}", count(handshake), count(record), pair(*idle), pair(*after));
            }
        }
    }
}

fn json(rows: &[Row]) -> Value {
    let rows = rows.iter().map(|Row { version, name, figures }| {
        let figures = figures.as_ref().map(|f| {
            json!({
                "allocations": { "client": f.handshake[0], "server": f.handshake[1], "send": f.record[0], "receive": f.record[1] },
                "idle_bytes": { "client": f.idle[0], "server": f.idle[1] },
                "idle_bytes_after_traffic": { "client": f.after[0], "server": f.after[1] },
            })
        });
        json!({ "version": version.label(), "name": name, "figures": figures })
    });
    rows.collect()
}

fn main() {
    let pki = Pki::new();
    let rows: Vec<Row> = Version::BOTH
        .into_iter()
        .flat_map(|version| {
            let mut rows = Rows(version, Vec::new());
            show(&pki, version, &mut rows);
            rows.1
        })
        .collect();
    match std::env::args().nth(1).as_deref() {
        None => text(&rows),
        Some("--json") => println!("{:#}", json(&rows)),
        Some(_) => eprintln!("usage: footprint [--json]"),
    }
}
