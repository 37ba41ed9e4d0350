// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// Checker is one health check with all inherited values filled in. There may be very many, so
// what they have in common is there once.
type Checker struct {
	Pos         Pos
	ConnectIP   netip.Addr
	ConnectPort uint16
	*CheckSettings
}

// CheckSettings is all of a health check but where it goes. Checks of several servers may have it
// in common: it does not change. What only one kind of check has stands behind the pointer of its
// name; the others are nil.
type CheckSettings struct {
	Kind           string     // "TCP_CHECK"
	BindIP         netip.Addr // zero: any
	BindIf         string
	BindPort       uint16 // 0: any
	FWMark         uint32 // of the packets of the check
	ConnectTimeout time.Duration
	DelayLoop      time.Duration
	Warmup         time.Duration
	Retry          int
	RetryDelay     time.Duration // delay_before_retry
	Rise           int           // good runs that bring it up; 0: 1
	Fall           int           // failed attempts that take it down, also at the start: Retry is one less; 0: not given
	Alpha          bool          // the server is down until this check succeeds
	LogAllFailures bool

	HTTP *HTTPCheck // HTTP_GET, SSL_GET
	SMTP *SMTPCheck
	DNS  *DNSCheck
	UDP  *UDPCheck
	Misc *MiscCheck
	File *FileCheck
	BFD  *BFDCheck
	GRPC *GRPCCheck
}

// HTTPCheck is what HTTP_GET and SSL_GET ask for.
type HTTPCheck struct {
	TLS          bool
	Protocol     string // "1.0", "1.0C", "1.1" or HTTP2
	FastRecovery bool   // no delay between the urls of a server that recovers
	URLs         []URL
	SSL          *SSL // of a check with TLS; nil: no SSL block
	Trust
}

// HTTP2 is the protocol of a check with http2.
const HTTP2 = "2"

// Trust is how a check with TLS takes the certificate of a server.
type Trust struct {
	Verify bool
	CAFile string // of the authorities; empty: those of the system
	// Name is that of the certificate, and is sent in TLS; empty: the name that is sent
	// anyway, else the host, else the address.
	Name          string
	ExpiryWarning time.Duration // whole days; 0: no warning
}

// GRPCCheck is what GRPC_CHECK asks for.
type GRPCCheck struct {
	Service string // empty: the server as a whole
	TLS     bool
	SSL     *SSL // of a check with TLS; nil: no SSL block
	Trust
}

// URL is one request and what its answer must be.
type URL struct {
	Pos         Pos
	Path        string
	Host        string // of the Host header; empty: address and port
	SNI         string // name sent in TLS; empty: none
	Digest      string // MD5 of the body, 32 hex digits in small letters; empty: any
	Status      []StatusRange
	Regex       *Regex
	CloseNotify bool // tls_compliant
}

// StatusRange are the status codes from First to Last.
type StatusRange struct{ First, Last int }

// Regex is a search in the body.
type Regex struct {
	Pattern              string
	Options              []string // words of PCRE2
	NoMatch              bool     // a match is a failure
	MinOffset, MaxOffset uint64   // of the start of the match; MaxOffset 0: no limit
	StackStart, StackMax uint64   // of the matcher; 0: as it likes
}

// SMTPCheck is what SMTP_CHECK says.
type SMTPCheck struct{ HELO string }

// DNSCheck is what DNS_CHECK asks.
type DNSCheck struct {
	Type string // "SOA"
	Name string
}

// UDPCheck is what UDP_CHECK sends and expects.
type UDPCheck struct {
	Payload []byte // nil: the built-in text
	// RequireReply says that silence is a failure. Reply, where its Mask has ones,
	// is how the answer must begin; nil: any answer.
	RequireReply         bool
	Reply, Mask          []byte
	MinLength, MaxLength int
}

// MiscCheck is what MISC_CHECK runs.
type MiscCheck struct {
	Command Command
	Timeout time.Duration
	Dynamic bool // the exit code gives the weight
}

// FileCheck is the file that FILE_CHECK reads.
type FileCheck struct {
	File *TrackedFile
	// Weight is multiplied by the number in the file; 0: any other number than 0
	// is a failure.
	Weight  int
	Reverse bool
}

// BFDCheck is the session that BFD_CHECK follows.
type BFDCheck struct{ Instance string }
