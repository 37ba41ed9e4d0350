// SPDX-License-Identifier: Apache-2.0

package packet

// Verdict is one thing found out about a received packet. Tests, counters and logs share it.
type Verdict uint8

// The verdicts, in the order in which the checks are made. Those before DropIPHeader are
// remarks on packets that may be accepted.
const (
	Accept         Verdict = iota
	AcceptInterval         // VRRPv3: another advert interval than ours
	AcceptOldSum           // the peer uses the old unicast checksum from here on
	AcceptNewSum           // the peer stopped using it
	AcceptCount            // the number of addresses differs
	AcceptAddrs            // the addresses differ

	DropIPHeader // not a whole IPv4 datagram
	DropProtocol // neither protocol 112 nor 51
	DropVRID     // of another virtual router
	DropForm     // with an authentication header that is not expected, or without
	DropShort    // shorter than its fields say
	DropLong     // longer
	DropTTL      // multicast and not from this link
	DropVersion  // VRRPv2 to a VRRPv3 instance, or the other way round

	DropUnsigned  // auth_hmac is wanted and there is none
	DropMalformed // a trailer that is none of auth_hmac
	DropStale     // signed too long ago, or in the future
	DropKey       // signed with a key that we do not have
	DropSignature // wrong signature
	DropReplay    // signed, but not after what was heard before

	DropAuthType     // an authentication type that does not exist
	DropAuthMismatch // another authentication type than ours
	DropPassword     // wrong password
	DropAHIndex      // AH: another SPI than the source address
	DropAHSequence   // AH: not after what was heard before
	DropAHDigest     // AH: wrong digest

	DropInterval // VRRPv2: another advert interval than ours
	DropType     // not an advert
	DropChecksum
	DropDestination // multicast to a unicast instance, or the other way round
	DropIgnored     // an address owner that ignores adverts
	DropOwn         // from our own address
	DropPeer        // unicast from a router that is no peer
	DropPeerTTL     // unicast from a peer, from too near or too far

	Verdicts = iota // for arrays of counters
)

var verdictNames = [Verdicts]string{
	Accept:           "accepted",
	AcceptInterval:   "another interval",
	AcceptOldSum:     "change to the old checksum",
	AcceptNewSum:     "change from the old checksum",
	AcceptCount:      "other address count",
	AcceptAddrs:      "other addresses",
	DropIPHeader:     "bad IP header",
	DropProtocol:     "other protocol",
	DropVRID:         "other virtual router",
	DropForm:         "authentication header missing or not expected",
	DropShort:        "too short",
	DropLong:         "too long",
	DropTTL:          "wrong TTL",
	DropVersion:      "wrong version",
	DropUnsigned:     "no signature",
	DropMalformed:    "malformed signature",
	DropStale:        "stale signature",
	DropKey:          "unknown key",
	DropSignature:    "invalid signature",
	DropReplay:       "replayed signature",
	DropAuthType:     "invalid authentication type",
	DropAuthMismatch: "other authentication type",
	DropPassword:     "wrong password",
	DropAHIndex:      "wrong SPI",
	DropAHSequence:   "replayed sequence number",
	DropAHDigest:     "wrong digest",
	DropInterval:     "other advert interval",
	DropType:         "wrong packet type",
	DropChecksum:     "wrong checksum",
	DropDestination:  "wrong destination",
	DropIgnored:      "ignored by the address owner",
	DropOwn:          "own address",
	DropPeer:         "unknown sender",
	DropPeerTTL:      "TTL out of the peer's range",
}

// String names the verdict for counters, log lines and test output.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown verdict"
}

// Accepted says whether a packet with that verdict alone is an advert for the Machine.
func (v Verdict) Accepted() bool { return v < DropIPHeader }
