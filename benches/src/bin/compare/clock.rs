//! Handshakes and bulk data, each side on its own clock.

use handfast_bench::stack::{Link, Meter, Stack, Wire, connect, connected};
use std::time::{Duration, Instant};

/// Handshakes of a block; the first ones warm the caches.
const HANDSHAKES: usize = 10;
const WARM_HANDSHAKES: usize = 2;
/// Batches of a block, and bytes of text in each.
const BATCHES: usize = 4;
const WARM_BATCHES: usize = 1;
const BATCH: usize = 256 * 1024;

/// Runs while its side does.
#[derive(Default)]
struct Clock(Duration);

impl Meter for Clock {
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0 += start.elapsed();
        result
    }
}

/// Times in nanoseconds, of the client and of the server: one handshake, or one write.
#[derive(Default)]
pub(crate) struct Samples([Vec<f64>; 2]);

impl Samples {
    fn push(&mut self, clocks: [Clock; 2], times: usize) {
        for (samples, clock) in self.0.iter_mut().zip(clocks) {
            samples.push(clock.0.as_secs_f64() * 1e9 / times as f64);
        }
    }

    /// The 10th percentiles: the times of a machine left in peace.
    pub(crate) fn quiet(self) -> [f64; 2] {
        self.0.map(|mut samples| {
            samples.sort_by(f64::total_cmp);
            samples[samples.len() / 10]
        })
    }
}

/// A stack whose types are forgotten.
pub(crate) trait Timed {
    /// Its name.
    fn label(&self) -> String;
    /// A block of full handshakes, connections made and dropped.
    fn handshakes(&self, samples: &mut Samples);
    /// A block of batches of writes on one connection, from client to server.
    fn bulk(&self, size: usize, samples: &mut Samples);
}

impl<S: Stack> Timed for S {
    fn label(&self) -> String {
        self.name().to_owned()
    }

    fn handshakes(&self, samples: &mut Samples) {
        let (mut up, mut down) = (Wire::new(1 << 14), Wire::new(1 << 14));
        for n in 0..HANDSHAKES {
            let [mut client, mut server] = [Clock::default(), Clock::default()];
            let links = connect(self, &mut up, &mut down, &mut client, &mut server);
            client.run(|| drop(links.0));
            server.run(|| drop(links.1));
            if n >= WARM_HANDSHAKES {
                samples.push([client, server], 1);
            }
        }
    }

    fn bulk(&self, size: usize, samples: &mut Samples) {
        let (mut client, mut server) = connected(self);
        let writes = BATCH / size;
        let (text, mut out, mut wire) = (vec![7; size], vec![0; 1 << 14], Wire::new(2 * BATCH));
        for n in 0..BATCHES {
            let clocks = [Clock::default(), Clock::default()];
            let [mut sending, mut receiving] = clocks;
            sending.run(|| (0..writes).for_each(|_| client.send(&text, &mut wire)));
            let got = receiving.run(|| server.receive(&mut wire, &mut out));
            assert_eq!(got, writes * size, "all of it arrived");
            if n >= WARM_BATCHES {
                samples.push([sending, receiving], writes);
            }
        }
    }
}
