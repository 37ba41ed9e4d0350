// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Line returns the log line for one verdict on p, empty for those that keepalived passes
// over without a word.
func (w *Wire) Line(instance string, v Verdict, p Packet) string {
	if p.short() != Accept {
		return "" // see ShortLine: it names no virtual router
	}
	for _, text := range []func(*Wire, Verdict, Packet) string{
		(*Wire).remarkLine, (*Wire).formLine, (*Wire).signatureLine, (*Wire).authLine, (*Wire).messageLine, (*Wire).senderLine,
	} {
		if body := text(w, v, p); body != "" {
			return "(" + instance + ") " + body
		}
	}
	return ""
}

// ShortLine is the line for an IPv4 packet that is too short to name a virtual router.
func ShortLine(p Packet) string {
	return fmt.Sprintf("IPv4 VRRP packet too short - %d bytes", p.Len())
}

func (w *Wire) remarkLine(v Verdict, p Packet) string {
	switch v {
	case AcceptInterval:
		return fmt.Sprintf("advertisement interval mismatch ours = %d centi-sec rcv'd=%d centi-sec",
			w.config.AdvertInt/(10*time.Millisecond), p.interval()/(10*time.Millisecond))
	case AcceptOldSum:
		return "Setting unicast VRRPv3 checksum to old version"
	case AcceptNewSum:
		return fmt.Sprintf("Setting unicast VRRPv3 checksum to new version, as %s uses it again", p.Src)
	case AcceptCount:
		return fmt.Sprintf("expected %d VIPs but received %d", len(w.config.Addrs), p.count())
	case AcceptAddrs:
		return fmt.Sprintf("ip address associated with VRID %d not present in advert from %s: %s",
			w.config.VRID, p.Src, w.missing(p))
	default:
		return "" // another group's, or none
	}
}

func (w *Wire) formLine(v Verdict, p Packet) string {
	switch v {
	case DropShort:
		return fmt.Sprintf("vrrp packet from %s too short, length %d and expect %d", p.Src, p.Len(), w.wantLen(p))
	case DropLong:
		return fmt.Sprintf("vrrp packet from %s too long, length %d and expect %d", p.Src, p.Len(), w.wantLen(p))
	case DropTTL:
		return fmt.Sprintf("invalid TTL/HL from %s. Received %d and expect 255", p.Src, p.TTL)
	case DropVersion:
		return fmt.Sprintf("wrong VRRP version from %s. Received %d and expect %d", p.Src, p.version(), w.config.Version)
	default:
		return "" // another group's, or none
	}
}

// wantLen is the length that p should have.
func (w *Wire) wantLen(p Packet) int {
	n := len(p.Header) + len(p.AH) + p.messageLen()
	if w.config.HMAC != nil {
		n += trailerLen
	}
	return n
}

func (w *Wire) signatureLine(v Verdict, p Packet) string {
	switch v {
	case DropUnsigned:
		return fmt.Sprintf("auth_hmac: advert from %s is not signed", p.Src)
	case DropMalformed:
		return fmt.Sprintf("auth_hmac: malformed signature from %s", p.Src)
	case DropStale:
		seconds := binary.BigEndian.Uint32(p.trailer()[trailerSeqAt:])
		return fmt.Sprintf("auth_hmac: stale advert from %s, signed at %s; do the clocks agree?",
			p.Src, time.Unix(int64(seconds), 0).UTC().Format(time.DateTime))
	case DropKey:
		return fmt.Sprintf("auth_hmac: unknown key %d from %s", p.trailer()[1], p.Src)
	case DropSignature:
		return fmt.Sprintf("auth_hmac: invalid signature from %s, made with key %d", p.Src, p.trailer()[1])
	case DropReplay:
		return fmt.Sprintf("auth_hmac: replayed advert from %s", p.Src)
	default:
		return "" // another group's, or none
	}
}

func (w *Wire) authLine(v Verdict, p Packet) string {
	switch v {
	case DropAuthType:
		return fmt.Sprintf("Invalid auth type from %s: %d", p.Src, p.authType())
	case DropAuthMismatch:
		return fmt.Sprintf("received a %d auth from %s, expecting %d!", p.authType(), p.Src, w.config.Auth)
	case DropPassword:
		return fmt.Sprintf("received an invalid passwd from %s!", p.Src)
	case DropAHIndex:
		return fmt.Sprintf("IPSEC-AH : invalid IPSEC SPI value from %s: %#08x", p.Src, binary.BigEndian.Uint32(p.AH[4:]))
	case DropAHSequence:
		return fmt.Sprintf("IPSEC-AH : sequence number %d from %s already processed. Packet dropped. Local(%d)",
			binary.BigEndian.Uint32(p.AH[8:]), p.Src, w.ah.sequence)
	case DropAHDigest:
		return fmt.Sprintf("IPSEC-AH : invalid IPSEC HMAC-MD5 value from %s. Due to fields mutation or bad password !", p.Src)
	default:
		return "" // another group's, or none
	}
}

func (w *Wire) messageLine(v Verdict, p Packet) string {
	switch v {
	case DropInterval:
		return fmt.Sprintf("advertisement interval mismatch with %s mine=%d sec rcv'd=%d sec",
			p.Src, w.config.AdvertInt/time.Second, p.interval()/time.Second)
	case DropType:
		return fmt.Sprintf("Invalid packet type from %s. %d and expect 1", p.Src, p.kind())
	case DropChecksum:
		return fmt.Sprintf("Invalid VRRPv%d checksum from %s", w.config.Version, p.Src)
	default:
		return "" // another group's, or none
	}
}

func (w *Wire) senderLine(v Verdict, p Packet) string {
	switch v {
	case DropOwn:
		return "WARNING - advert received from remote host with our IP address."
	case DropPeer:
		return fmt.Sprintf("unicast source address %s not a unicast peer", p.Src)
	case DropPeerTTL:
		peer := w.peer(p.Src)
		return fmt.Sprintf("TTL/HL %d from %s not in range %d - %d", p.TTL, p.Src, peer.MinTTL, peer.MaxTTL)
	default:
		return "" // another group's, or none
	}
}
