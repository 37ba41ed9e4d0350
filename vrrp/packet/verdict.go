// SPDX-License-Identifier: Apache-2.0

package packet

// Verdict says what becomes of a received packet. Tests, counters and logs share it.
type Verdict uint8

// The verdicts, in the order in which the checks are made.
const (
	Accept           Verdict = iota
	AcceptCount              // accepted, though the number of addresses differs
	AcceptAddrs              // accepted, though the addresses differ
	DropIPHeader             // not a whole IPv4 datagram
	DropProtocol             // not protocol 112
	DropVRID                 // of another virtual router
	DropShort                // shorter than its fields say
	DropLong                 // longer
	DropTTL                  // multicast and not from this link
	DropVersion              // VRRPv2 to a VRRPv3 instance, or the other way round
	DropAuthType             // an authentication type that does not exist
	DropAuthMismatch         // another authentication type than ours
	DropAuthFailed           // wrong password
	DropInterval             // VRRPv2: another advert interval than ours
	DropType                 // not an advert
	DropChecksum
	DropDestination // multicast to a unicast instance, or the other way round

	Verdicts = iota // for arrays of counters
)

var verdictNames = [Verdicts]string{
	Accept:           "accepted",
	AcceptCount:      "accepted with another address count",
	AcceptAddrs:      "accepted with other addresses",
	DropIPHeader:     "bad IP header",
	DropProtocol:     "other protocol",
	DropVRID:         "other virtual router",
	DropShort:        "too short",
	DropLong:         "too long",
	DropTTL:          "wrong TTL",
	DropVersion:      "wrong version",
	DropAuthType:     "invalid authentication type",
	DropAuthMismatch: "other authentication type",
	DropAuthFailed:   "authentication failure",
	DropInterval:     "other advert interval",
	DropType:         "wrong packet type",
	DropChecksum:     "wrong checksum",
	DropDestination:  "wrong destination",
}

// String names the verdict for counters and test output.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown verdict"
}

// Accepted says whether the packet is an advert for the Machine.
func (v Verdict) Accepted() bool { return v <= AcceptAddrs }
