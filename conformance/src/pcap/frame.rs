//! A frame to a TCP segment.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};

use super::{capture::Frame, stream::Moment};

/// What is in a frame.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Segment(Segment<'a>),
    /// A piece of an IP packet.
    Fragment,
    /// Neither; for example UDP, or a damaged header.
    Other,
    /// The interface is of a kind that is not read.
    UnknownLink(u32),
}

/// A TCP segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) moment: Moment,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) ack: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) payload: &'a [u8],
}

impl<'a> Content<'a> {
    pub(super) fn of(frame: &Frame<'a>, number: u64) -> Self {
        let bytes = frame.bytes;
        let after = |length: usize| bytes.get(length..).unwrap_or_default();
        let typed = |at: usize, length: usize| {
            let number =
                bytes.get(at..at + 2).and_then(|two| <[u8; 2]>::try_from(two).ok()).map_or(0, u16::from_be_bytes);
            Some(LaxSlicedPacket::from_ether_type(EtherType(number), after(length)))
        };
        let packet = match frame.link {
            ETHERNET => LaxSlicedPacket::from_ethernet(bytes).ok(),
            // the address family in the first four bytes differs between systems; the IP header tells its version
            NULL | LOOP => LaxSlicedPacket::from_ip(after(4)).ok(),
            RAW | RAW_OF_BSD | RAW_OF_OPENBSD | IPV4 | IPV6 => LaxSlicedPacket::from_ip(bytes).ok(),
            LINUX_SLL => typed(14, 16),
            LINUX_SLL2 => typed(0, 20),
            link => return Content::UnknownLink(link),
        };
        packet.map_or(Content::Other, |packet| Self::of_packet(Moment { frame: number, at: frame.at }, &packet))
    }

    fn of_packet(moment: Moment, packet: &LaxSlicedPacket<'a>) -> Self {
        let (source, destination, payload) = match &packet.net {
            Some(LaxNetSlice::Ipv4(ip)) => {
                let header = ip.header();
                (IpAddr::V4(header.source_addr()), IpAddr::V4(header.destination_addr()), ip.payload())
            }
            Some(LaxNetSlice::Ipv6(ip)) => {
                let header = ip.header();
                (IpAddr::V6(header.source_addr()), IpAddr::V6(header.destination_addr()), ip.payload())
            }
            _ => return Content::Other,
        };
        if payload.fragmented {
            return Content::Fragment;
        }
        let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return Content::Other };
        Content::Segment(Segment {
            moment,
            source: SocketAddr::new(source, tcp.source_port()),
            destination: SocketAddr::new(destination, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
        })
    }
}

// LINKTYPE_ values, see the registry of the tcpdump group
const NULL: u32 = 0;
const ETHERNET: u32 = 1;
const RAW_OF_BSD: u32 = 12;
const RAW_OF_OPENBSD: u32 = 14;
const RAW: u32 = 101;
const LOOP: u32 = 108;
const LINUX_SLL: u32 = 113;
const IPV4: u32 = 228;
const IPV6: u32 = 229;
const LINUX_SLL2: u32 = 276;
