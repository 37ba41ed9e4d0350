// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"time"
)

// Config says what the adverts of one instance look like: what it sends, and what it expects.
type Config struct {
	Version   int // 2 or 3
	IPv6      bool
	VRID      uint8
	AdvertInt time.Duration
	Addrs     []netip.Addr // of the family, in configuration order, at most 255

	Auth     AuthType // VRRPv2
	Password [8]byte  // zero padded
	HMAC     *HMAC    // nil: adverts are not signed

	Group netip.Addr // destination of multicast adverts; zero: unicast
	Peers []Peer     // destinations of unicast adverts
	TTL   uint8      // of unicast adverts; IPv4: 0 is meant, IPv6: 0 is the kernel's default
	// OnlyPeers drops unicast adverts of others than Peers, and those whose TTL is out of
	// the peer's range.
	OnlyPeers bool
	// IgnoreAll drops all adverts: an address owner has nothing to learn from them.
	IgnoreAll bool

	// SumAsV2 leaves the pseudo header out of the checksum of VRRPv3 over IPv4, and accepts
	// whatever checksum comes in, as keepalived's v3_checksum_as_v2.
	SumAsV2 bool
	OldSum  OldSum
	// SkipAddrs compares the addresses of an advert only when it comes from another router
	// than the one before, as keepalived's skip_check_adv_addr.
	SkipAddrs bool
}

// Peer is a router that adverts are sent to one by one.
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL uint8 // of its adverts
}

// AuthType is the authentication of a VRRPv2 advert (RFC 2338 section 5.3.6).
type AuthType uint8

// The authentication types.
const (
	AuthNone AuthType = iota
	AuthPass
	AuthAH
)

// OldSum says what is done about peers of before 2018, whose VRRPv3 unicast checksums name
// the multicast group as destination.
type OldSum uint8

// The ways.
const (
	OldSumAuto  OldSum = iota // as each peer does
	OldSumOn                  // send as they do
	OldSumNever               // drop what they send
)

// Unicast says whether adverts go to peers and not to a group.
func (c *Config) Unicast() bool { return !c.Group.IsValid() }
