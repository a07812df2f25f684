//! Every arrow of a server, beside RFC 9846 Appendix A.2 and RFC 5246 §7.3.
//!
//! Names as in the client's table. `Choosing` is App. A's RECVD_CH: the application says with which
//! credentials this client is served; then version, suite, group and scheme are negotiated.

use super::hello::{Choosing, Start, StartRetried};
use super::tls12::{
    Established, Judging12, Negotiated12, WaitCcs, WaitCertificateVerify, WaitClientCertificate, WaitClientFinished,
    WaitClientKeyExchange, WaitKeyExchangeThenVerify,
};
use super::tls13::{Connected, Judging, Negotiated, WaitCert, WaitCv, WaitFinished};
use crate::transitions;

transitions! {
    /// Where a server is.
    machine Machine {
        //                                                                            RFC 9846 A.2
        Start         { ClientHello       -> Choosing; }
        Choosing      { Choice            -> Negotiated:rekey | StartRetried | Negotiated12; }
        StartRetried  { ClientHello       -> Negotiated:rekey; }       // suite and group are pinned
        Negotiated    { Signature         -> WaitCert | WaitFinished; }
        WaitCert      { Certificate       -> WaitCv | WaitFinished; }  // an empty one declines
        WaitCv        { CertificateVerify -> Judging; }
        Judging       { Verdict           -> WaitFinished; }
        WaitFinished  { Finished          -> Connected:rekey; }

        // ECDHE suites only.                                          RFC 5246 7.3, figure 1
        Negotiated12              { Signature         -> WaitClientCertificate | WaitClientKeyExchange; }
        WaitClientCertificate     { Certificate       -> WaitKeyExchangeThenVerify | WaitClientKeyExchange; }
        WaitClientKeyExchange     { ClientKeyExchange -> WaitCcs; }
        WaitKeyExchangeThenVerify { ClientKeyExchange -> WaitCertificateVerify; }
        WaitCertificateVerify     { CertificateVerify -> Judging12; }
        Judging12                 { Verdict           -> WaitCcs; }
        WaitCcs                   { ChangeCipherSpec  -> WaitClientFinished:rekey; }
        WaitClientFinished        { Finished          -> Established; }

        // The handshake is over; what may come now is in the table of `after`.
        Connected     { }
        Established   { }
    }
}
