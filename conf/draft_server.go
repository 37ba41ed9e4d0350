// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
	"time"
)

// timing is what checkers inherit from their real server and its virtual server.
type timing struct {
	retry, rise, fall                             opt[int]
	retryDelay, warmup, connectTimeout, delayLoop opt[time.Duration]
	alpha                                         opt[bool]
}

// inherit fills what t leaves out from its parent.
func (t timing) inherit(p timing) timing {
	return timing{
		retry:          t.retry.orElse(p.retry),
		rise:           t.rise.orElse(p.rise),
		fall:           t.fall.orElse(p.fall),
		retryDelay:     t.retryDelay.orElse(p.retryDelay),
		warmup:         t.warmup.orElse(p.warmup),
		connectTimeout: t.connectTimeout.orElse(p.connectTimeout),
		delayLoop:      t.delayLoop.orElse(p.delayLoop),
		alpha:          t.alpha.orElse(p.alpha),
	}
}

// forward is a forwarding method with the options of its tunnel.
type forward struct {
	Method Method
	Tunnel *Tunnel
}

// hooks are the two scripts of a server: up and down.
type hooks struct{ up, down *Command }

// pace is how a real server comes and goes.
type pace struct{ slowStart, drain opt[time.Duration] }

type groupDraft struct {
	name    string
	pos     Pos
	entries []GroupEntry
}

type serverDraft struct {
	timing
	pos    Pos
	origin origin64
	// A server has an address, a mark, or a group.
	addr    netip.Addr
	port    uint16
	mark    opt[uint32]
	group   Arg
	isGroup bool
	// family is 0 until something decides it; familyWord stands behind a mark.
	family, familyWord Family
	familyPos          Pos

	protocol    opt[Protocol]
	protocolPos Pos
	scheduler   opt[string]
	flags       SchedFlags
	ops, haPos  opt[Pos]
	forward     opt[forward]
	persistence opt[time.Duration]
	mask        uint32
	engine      string
	quorum      opt[int]
	quorumPos   Pos
	hysteresis  opt[int]
	hystPos     Pos
	weight      opt[int]
	inhibit     opt[bool]
	omega       bool
	pace        pace
	weightBy    WeightBy
	smtp        opt[bool]
	hooks       hooks
	vhost, snmp string
	sorry       *sorryDraft
	// reals are there until the block ends; then made is.
	reals []*realDraft
	made  []madeReal
}

type sorryDraft struct {
	pos     Pos
	addrPos Pos
	endpoint
	forward opt[forward]
	inhibit bool
}

type realDraft struct {
	timing
	pos     Pos
	addrPos Pos
	endpoint
	weight      opt[int]
	forward     opt[forward]
	upper       uint32
	lower       uint32
	inhibit     opt[bool]
	pace        pace
	smtp        opt[bool]
	hooks       hooks
	vhost, snmp string
	checkers    []*checkerDraft
	origin      origin64
	said        int         // of the collector, before it was read
	known       *RealServer // that it is
}

// madeReal is a real server with what its virtual server is still to judge.
type madeReal struct {
	out   *RealServer
	smtp  opt[bool]
	known bool // it was made at an earlier reading
}

type checkerDraft struct {
	timing
	pos      Pos
	kind     string
	ip       netip.Addr
	port     opt[int]
	bind     netip.Addr
	bindPos  Pos
	bindPort uint16
	bindIf   string
	mark     uint32
	logAll   bool

	http *httpDraft
	smtp *SMTPCheck
	dns  *DNSCheck
	udp  *udpDraft
	misc *miscDraft
	file *fileDraft
	bfd  opt[string]
	grpc *GRPCCheck
	// hosts are the blocks of an old SMTP_CHECK.
	hosts []*checkerDraft
}

type httpDraft struct {
	vhost     string
	protocol  string
	http2     bool
	sni       bool
	sniName   string
	fast      bool
	compliant bool
	trust     Trust
	tried     bool // urls were there, good or not
	urls      []*urlDraft
}

type urlDraft struct {
	pos       Pos
	path      opt[string]
	vhost     string
	digest    string
	status    []StatusRange
	pattern   opt[string]
	regex     Regex
	regexPos  Pos // of the first option of a regex
	compliant bool
}

type udpDraft struct {
	UDPCheck
	max opt[int]
}

type miscDraft struct {
	command opt[Command]
	user    account
	timeout opt[time.Duration]
	dynamic bool
}

type fileDraft struct {
	tried  bool // a name was there, good or not
	file   *TrackedFile
	weight opt[trackedWeight]
}

// trackedFile gives the track_file of a name that is defined so far, or nil.
func (d *draft) trackedFile(name string) *TrackedFile {
	for _, f := range d.files {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// hasBFD says whether a bfd_instance is defined so far.
func (d *draft) hasBFD(name string) bool {
	return slices.ContainsFunc(d.bfds, func(b *bfdDraft) bool { return b.out.Name == name })
}
