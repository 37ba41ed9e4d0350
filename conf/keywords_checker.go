// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// checkerBlocks are the checks of a real server.
var checkerBlocks = []keyword{
	{name: "TCP_CHECK", sub: tcpBlock, since: "0.5.3", doc: "connects by TCP"},
	{name: "HTTP_GET", sub: httpBlock, since: "0.5.3", doc: "fetches pages by HTTP"},
	{name: "SSL_GET", sub: sslGetBlock, since: "0.5.3", doc: "fetches pages by HTTPS; no certificate is verified"},
	{name: "SMTP_CHECK", sub: smtpBlock, since: "1.1.8", doc: "greets a mail server"},
	{name: "DNS_CHECK", sub: dnsBlock, since: "1.3.0", doc: "asks a name server"},
	{name: "MISC_CHECK", sub: miscBlock, since: "0.5.3", doc: "runs a script"},
	{name: "UDP_CHECK", sub: udpBlock, since: "2.1.0", doc: "sends a datagram"},
	{name: "PING_CHECK", sub: pingBlock, since: "2.1.0", doc: "sends an ICMP echo request"},
	{name: "FILE_CHECK", sub: fileBlock, since: "2.1.0", doc: "reads a number from a tracked file"},
	{name: "GRPC_CHECK", sub: grpcBlock, since: beyond, doc: "asks a gRPC server for its health"},
	{name: "BFD_CHECK", sub: bfdCheckBlock, status: planned, since: "2.0.0", doc: "follows a BFD session"},
}

// checkerBlock is the block of one kind of check; all of it is as far as status
// says, and what rows say of themselves.
func checkerBlock(kind string, s status, rows ...[]keyword) *block {
	return &block{
		name: "virtual_server.real_server." + kind, enter: enterChecker, leave: leaveChecker,
		rows: withStatus(s, slices.Concat(rows...)),
	}
}

// withStatus sets the status of rows that work.
func withStatus(s status, rows []keyword) []keyword {
	rows = slices.Clone(rows)
	for i := range rows {
		if rows[i].status == works {
			rows[i].status = s
		}
	}
	return rows
}

var (
	tcpBlock  = checkerBlock("TCP_CHECK", works, connectionRows, checkerRows)
	pingBlock = checkerBlock("PING_CHECK", works, connectionRows, checkerRows)
	udpBlock  = checkerBlock("UDP_CHECK", works, connectionRows, checkerRows, udpRows)
	dnsBlock  = checkerBlock("DNS_CHECK", works, connectionRows, checkerRows, dnsRows)
	fileBlock = checkerBlock("FILE_CHECK", works, fileRows)
	miscBlock = checkerBlock("MISC_CHECK", works, miscRows, slices.DeleteFunc(slices.Clone(checkerRows), func(k keyword) bool { return k.name == "connect_timeout" }))
	smtpBlock = checkerBlock("SMTP_CHECK", works, connectionRows, checkerRows, smtpRows)

	bfdCheckBlock = checkerBlock("BFD_CHECK", planned, []keyword{
		{
			name: "name", value: soft(lone(text)), def: "required", since: "1.3.0", doc: "bfd_instance to follow",
			set: to(func(c *checkerDraft, name string) { c.bfd = some(name) }),
		},
		alphaRow(boolean, checkerTiming),
	})
)

func checkerTiming(c *checkerDraft) *timing { return &c.timing }

// checkerRows are the keywords of every check that runs by the clock.
var checkerRows = append(timingRows(0, boolean, checkerTiming), keyword{
	name: "log_all_failures", value: boolean, def: "off", since: "2.0.11", doc: "log every failed attempt",
	set: to(func(c *checkerDraft, on bool) { c.logAll = on }),
})

// connectionRows are the keywords of checks that send packets.
var connectionRows = []keyword{
	{
		name: "connect_ip", value: address, def: "that of the real server", since: "1.1.8", doc: "address to connect to",
		set: to(func(c *checkerDraft, a netip.Addr) { c.ip = a }),
	},
	{
		name: "connect_port", value: number(1, math.MaxUint16), def: "that of the real server", since: "0.5.8", doc: "port to connect to",
		set: to(func(c *checkerDraft, n int) { c.port = some(n) }),
	},
	{
		name: "bindto", value: address, def: "any", since: "1.1.2", doc: "source address",
		set: with(func(_ *decoder, c *checkerDraft, a netip.Addr, n *Node) { c.bind, c.bindPos = a, n.Args[0].Pos }),
	},
	{
		name: "bind_port", value: number(1, math.MaxUint16), def: "any", since: "1.2.13", doc: "source port",
		set: to(func(c *checkerDraft, n int) { c.bindPort = uint16(n) }),
	},
	{
		name: "bind_if", value: interfaceName, def: "none", since: "1.3.7", doc: "interface of the packets",
		set: to(func(c *checkerDraft, name string) { c.bindIf = name }),
	},
	{
		name: "fwmark", value: unsigned, def: "0", since: "1.2.13", doc: "firewall mark of the packets",
		set: to(func(c *checkerDraft, n int) { c.mark = uint32(n) }),
	},
}

var smtpRows = []keyword{
	{
		name: "helo_name", value: soft(text), def: defaultHELO, since: "1.1.8", doc: "argument of HELO",
		set: to(func(c *checkerDraft, name string) { c.smtp = &SMTPCheck{HELO: name} }),
	},
	{name: "host", sub: smtpHostBlock, since: "1.1.8", doc: "one more check of another host; deprecated: write one SMTP_CHECK for each"},
}

var smtpHostBlock = &block{
	name: "virtual_server.real_server.SMTP_CHECK.host", enter: enterSMTPHost, leave: leaveSMTPHost,
	rows: slices.Concat(connectionRows, checkerRows),
}

var dnsRows = []keyword{
	{
		name: "type", value: anyCase("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"), def: "SOA", since: "1.3.0", doc: "type of the question",
		set: to(func(c *checkerDraft, kind string) { dnsOf(c).Type = kind }),
	},
	{
		name: "name", value: domain, def: ". (the root)", since: "1.3.0", doc: "name of the question",
		set: to(func(c *checkerDraft, name string) { dnsOf(c).Name = name }),
	},
}

func dnsOf(c *checkerDraft) *DNSCheck {
	if c.dns == nil {
		c.dns = &DNSCheck{Type: "SOA", Name: "."}
	}
	return c.dns
}

var udpRows = []keyword{
	{
		name: "payload", value: hexBytes, def: "32 bytes of text", since: "2.2.0", doc: "datagram to send, in hexadecimal",
		set: to(func(c *checkerDraft, b []byte) { udpOf(c).Payload = b }),
	},
	{
		name: "require_reply", value: hexPattern, def: "off", since: "2.1.0", doc: "an answer is needed, and how it begins, in hexadecimal with X for any digit",
		set: to(func(c *checkerDraft, p pattern) {
			u := udpOf(c)
			u.RequireReply, u.Reply, u.Mask = true, p.bytes, p.mask
		}),
	},
	{
		name: "min_reply_length", value: number(0, math.MaxUint16), def: "0", since: "2.2.0", doc: "shortest good answer",
		set: to(func(c *checkerDraft, n int) { udpOf(c).MinLength = n }),
	},
	{
		name: "max_reply_length", value: number(0, math.MaxUint16), def: "255", since: "2.2.0", doc: "longest good answer",
		set: to(func(c *checkerDraft, n int) { udpOf(c).max = some(n) }),
	},
}

func udpOf(c *checkerDraft) *udpDraft {
	if c.udp == nil {
		c.udp = &udpDraft{}
	}
	return c.udp
}

var fileRows = []keyword{
	{
		name: "track_file", value: text, def: "required", since: "2.1.0", doc: "track_file to read",
		set: with(checkerFile),
	},
	{
		name: "weight", value: fileWeight, def: "weight of the track_file", since: "0.5.3", doc: "factor of the number in the file; 0: any other number than 0 is a failure",
		set: to(func(c *checkerDraft, w trackedWeight) { fileOf(c).weight = some(w) }),
	},
}

func fileOf(c *checkerDraft) *fileDraft {
	if c.file == nil {
		c.file = &fileDraft{}
	}
	return c.file
}

var miscRows = []keyword{
	{
		name: "misc_path", value: soft(oneCommand), instead: Command{}, def: "required", since: "0.5.3", doc: "the command; quote it together with its arguments",
		set: to(func(c *checkerDraft, cmd Command) { miscOf(c).command = some(cmd) }),
	},
	{
		name: "misc_timeout", value: seconds(0, 4294), def: "delay_loop", since: "1.1.0", doc: "limit of one run",
		set: to(func(c *checkerDraft, t time.Duration) { miscOf(c).timeout = some(t) }),
	},
	{
		name: "misc_dynamic", value: noValue, def: "off", since: "1.1.8", doc: "exit code N from 2 on is weight N-2",
		set: to(func(c *checkerDraft, _ bool) { miscOf(c).dynamic = true }),
	},
	{
		name: "user", value: soft(userGroup), def: "script_user", since: "1.3.0", doc: "user and group to run it as",
		set: to(func(c *checkerDraft, a account) { miscOf(c).user = a }),
	},
}

func miscOf(c *checkerDraft) *miscDraft {
	if c.misc == nil {
		c.misc = &miscDraft{}
	}
	return c.misc
}
