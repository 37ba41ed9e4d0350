// SPDX-License-Identifier: Apache-2.0

package packet

// Findings is all that was found out about a packet: any number of remarks, and at most one
// reason to drop it. Its zero value is a packet that is as it should be.
type Findings uint64

// of is the set of one verdict; Accept is the empty one.
func of(v Verdict) Findings {
	if v == Accept {
		return 0
	}
	return 1 << v
}

// Has says whether the verdict is among them.
func (f Findings) Has(v Verdict) bool { return f&of(v) != 0 }

// Accepted says whether the packet is an advert for the Machine.
func (f Findings) Accepted() bool { return f>>DropIPHeader == 0 }

// received says whether keepalived counts the packet as a received advert: it does so
// before it looks at the sender.
func (f Findings) received() bool {
	return f&^(of(DropPeer)|of(DropPeerTTL)|of(DropOwn))>>DropIPHeader == 0
}

// Verdict is the reason to drop the packet, else the last remark, else Accept.
func (f Findings) Verdict() Verdict {
	last := Accept
	for v := range Verdict(Verdicts) {
		if f.Has(v) {
			last = v
		}
	}
	return last
}

// Counters count packets since the start, or since somebody set them to zero.
type Counters struct {
	Sent, ZeroSent         uint64 // adverts; those with priority 0 among them
	Received, ZeroReceived uint64
	Found                  [Verdicts]uint64 // by verdict; Accept counts those without a finding
}

func (c *Counters) add(f Findings, priority uint8) {
	if f.received() {
		c.Received++
	}
	if f.Accepted() && priority == 0 {
		c.ZeroReceived++
	}
	if f == 0 {
		c.Found[Accept]++
		return
	}
	for v := range Verdict(Verdicts) {
		if f.Has(v) {
			c.Found[v]++
		}
	}
}

// The counters below are sums that keepalived's statistics have a line for.

// Length counts packets of a wrong length.
func (c *Counters) Length() uint64 { return c.Found[DropShort] + c.Found[DropLong] }

// TTL counts packets with a wrong TTL or hop limit.
func (c *Counters) TTL() uint64 { return c.Found[DropTTL] + c.Found[DropPeerTTL] }

// Addresses counts packets with another list of addresses than ours.
func (c *Counters) Addresses() uint64 { return c.Found[AcceptCount] + c.Found[AcceptAddrs] }

// AuthFailed counts packets with a wrong password or authentication header.
func (c *Counters) AuthFailed() uint64 {
	return c.Found[DropPassword] + c.Found[DropAHIndex] + c.Found[DropAHSequence] + c.Found[DropAHDigest]
}
