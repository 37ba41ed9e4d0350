// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"fmt"
	"time"
)

// Line returns the log line for a verdict on p, empty for those that keepalived drops
// without a word.
func (w *Wire) Line(instance string, v Verdict, p Packet) (text string, detail bool) {
	if body := w.body(v, p); body != "" {
		return fmt.Sprintf("(%s) %s", instance, body), false
	}
	return "", false
}

func (w *Wire) body(v Verdict, p Packet) string {
	const ipHeader = 20
	switch v {
	case AcceptCount:
		return fmt.Sprintf("expected %d VIPs but received %d", len(w.Addrs), p.count())
	case AcceptAddrs:
		return fmt.Sprintf("ip address associated with VRID %d not present in advert from %s: %s", w.VRID, p.Src, w.missing(p))
	case DropLong:
		return fmt.Sprintf("vrrp packet from %s too long, length %d and expect %d", p.Src, ipHeader+len(p.Payload), ipHeader+p.bodyLen())
	case DropTTL:
		return fmt.Sprintf("invalid TTL/HL from %s. Received %d and expect 255", p.Src, p.TTL)
	case DropVersion:
		return fmt.Sprintf("wrong VRRP version from %s. Received %d and expect %d", p.Src, p.version(), w.Version)
	case DropAuthType:
		return fmt.Sprintf("Invalid auth type from %s: %d", p.Src, p.authType())
	case DropAuthMismatch:
		return fmt.Sprintf("received a %d auth from %s, expecting %d!", p.authType(), p.Src, w.AuthType)
	case DropAuthFailed:
		return fmt.Sprintf("received an invalid passwd from %s!", p.Src)
	case DropInterval:
		return fmt.Sprintf("advertisement interval mismatch with %s mine=%d sec rcv'd=%d sec",
			p.Src, w.AdvertInt/time.Second, p.interval()/time.Second)
	case DropType:
		return fmt.Sprintf("Invalid packet type from %s. %d and expect 1", p.Src, p.kind())
	case DropChecksum:
		return fmt.Sprintf("Invalid VRRPv%d checksum from %s", w.Version, p.Src)
	case Accept, DropIPHeader, DropProtocol, DropVRID, DropShort, DropDestination:
	}
	return ""
}
